--| summary GET /bytes/65536: an answer of 64 KiB, one at a time on each connection
--| isolates large writes: how often a server is called to move 64 KiB, and how often they are copied on the way
--| route bytes
--| class plain
--| expect-status 200
--| expect-type application/octet-stream
--| expect-sha256 4b640d85ab3ba30fd02c9fc9db4a8928f416322ad27022ea58a65aaee68a4df2

-- What parsing and routing cost is lost in what it takes to move this body: who copies it once more, or
-- comes back to an unready socket more often, shows it here. Over loopback most of the work is the
-- kernel's copying, the same for all, so ratios are nearer to 1 than on plaintext.

wrk.method = "GET"
wrk.path = "/bytes/65536"
