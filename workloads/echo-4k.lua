--| summary POST /echo with a body of 4 KiB, which comes back
--| isolates reading a body: finding its end, holding what has come, and writing it back
--| route echo
--| class plain
--| expect-status 200
--| expect-type application/octet-stream
--| expect-sha256 a7b63282430f868eb843a2ca9be5096ccd4f9ed2a7c28b27d5ae2d767722772d

-- A request whose body arrives with its head, and an answer as large as what was asked. Beside plaintext it
-- shows what a server does with bytes that it must not look into: whether it waits for all of them before
-- it begins, and how often it moves them. Each line of the body is another one, so that an answer put
-- together in the wrong order is not taken for the right one.

local lines = {}
for i = 1, 64 do
   lines[i] = string.format("line %02d of 64 %s\n", i, string.rep(".", 49))
end

wrk.method = "POST"
wrk.path = "/echo"
wrk.body = table.concat(lines)
wrk.headers["Content-Type"] = "application/octet-stream"
