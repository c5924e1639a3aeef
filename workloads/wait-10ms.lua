--| summary GET /wait/10, answered 10 ms later
--| isolates waiting on something slow: how many waits a server holds at once, and what each costs
--| route wait
--| class waiting
--| expect-status 204
--| wait-ms 10

-- Every request waits 10 ms for something that needs no CPU, as a query or a remote call would. With
-- C connections no server can pass C / 10 ms; one that holds a thread for each wait pays with
-- memory and switches, one that runs out of threads falls below. Throughput here says who reaches
-- the bound, cost per request says what reaching it took.

wrk.method = "GET"
wrk.path = "/wait/10"
