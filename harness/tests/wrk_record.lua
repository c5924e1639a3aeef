-- Writes wrk's whole record of response times, as done() is given it, to the file named in RECORD: first the number of
-- requests and the duration in microseconds, then a line for each value in microseconds with its count. The walk takes
-- some seconds where the record is wide; wrk measures no more by then.
function done(summary, latency, requests)
   local out = assert(io.open(os.getenv("RECORD"), "w"))
   out:write(string.format("%.0f %.0f\n", summary.requests, summary.duration))
   for i = 1, #latency do
      out:write(string.format("%.0f %.0f\n", latency(i)))
   end
   out:close()
end
