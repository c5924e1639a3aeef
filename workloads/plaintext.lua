--| summary GET /plaintext, one request at a time on each connection
--| isolates accept, read, parse, route, write: what every request costs, whatever it asks
--| route plaintext
--| class plain
--| expect-status 200
--| expect-type text/plain
--| expect-body Hello, World!

-- The least a server can be asked. There is no work behind the answer, so what differs between two
-- servers here is how they wait for bytes and move them: system calls, wake-ups, buffers. It is the
-- workload to rank concurrency models by, and the one in which the ceiling is the roof for all.

wrk.method = "GET"
wrk.path = "/plaintext"
