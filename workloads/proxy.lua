--| summary GET /proxy/plaintext, fetched from a second server behind the one that is measured
--| isolates asking another server and waiting for it: a pool of connections, a second wait in each request, parsing an answer
--| route proxy
--| class waiting
--| upstream epoll
--| expect-status 200
--| expect-type text/plain
--| expect-body Hello, World!

-- Each request is answered only when another server has answered: two sockets take part in it instead of one,
-- and between the two halves a server must go on with others. What it does beyond plaintext is taking a
-- connection from a pool, asking, waiting, reading an answer that it did not make, and giving it on; the
-- difference between the two costs is the price of that. The body is small, so that this price is not lost in
-- copying. The harness starts what stands behind: one worker of epoll, a fresh one for each server that is
-- measured, and its CPU is in no cost. With plain wrk, start two servers yourself, the second one with
-- --upstream HOST:PORT of the first.

wrk.method = "GET"
wrk.path = "/proxy/plaintext"
