--| summary GET /json, one request at a time on each connection
--| isolates serialising a small object on each request, on top of plaintext
--| route json
--| class plain
--| expect-status 200
--| expect-type application/json
--| expect-body {"message":"Hello, World!"}

-- The same traffic as plaintext, but the body is made anew for each request. The difference between
-- a server's two costs is what its serialiser takes; the ratio between two servers says whether that
-- matters beside moving the bytes.

wrk.method = "GET"
wrk.path = "/json"
