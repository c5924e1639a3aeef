--| summary GET /plaintext, 16 requests in each write
--| isolates parsing and answering without the system calls: one read and one write serve 16 requests
--| route plaintext
--| class plain
--| expect-status 200
--| expect-type text/plain
--| expect-body Hello, World!

-- Sixteen requests leave in one write, and the next sixteen when all their answers are back. The
-- price of a system call and a wake-up is shared by sixteen, so what is left is the server's own
-- code: its parser, its router, its writer. A server that writes once per answer instead of once per
-- read shows it here. Browsers do not pipeline; read it as a microscope, not as a forecast.

local depth = 16
local batch

function init(args)
   local requests = {}
   for i = 1, depth do
      requests[i] = wrk.format("GET", "/plaintext")
   end
   batch = table.concat(requests)
end

function request()
   return batch
end
