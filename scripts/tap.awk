# Reads the TAP output of one test program; prints a line for people, then "ran BEGAN ENDED",
# "counts PASSED FAILED SKIPPED" and "failed ..." and "skipped ..." lines. Variables: test, status (exit code), limit, began, ended (seconds).
# A program may print several plans (one for each cmocka group); cmocka 1.1 prints a skip as "not ok N # SKIP name".

function fail(why) { failures[++failed] = test ": " why }
function after(text, mark) { sub(".*# *" mark "[a-zA-Z]*[ :-]*", "", text); return text }

/^1\.\.[0-9]+/ {
    planned += substr($1, 4)
    if (toupper($0) ~ /# *SKIP/) { skips[++skipped] = test ": " after($0, "[Ss][Kk][Ii][Pp]"); none_ran = 1 }
    has_plan = 1
    next
}
/^Bail out!/ { fail($0); next }
/^(not )?ok([ \t]|$)/ {
    seen++
    if (toupper($0) ~ /# *SKIP/) skips[++skipped] = test ": " after($0, "[Ss][Kk][Ii][Pp]") remark
    else if ($1 == "not" && toupper($0) !~ /# *TODO/) fail(substr($0, 8))
    else passed++
    remark = ""
    next
}
/^# / { remark = " (" substr($0, 3) ")"; next }

END {
    if (status == 124) fail("ran into its time-out of " limit " s")
    else if (status == 137) fail("was killed (SIGKILL; at " limit " s it would have been the time-out)")
    else if (status > 128) fail("was ended by signal " status - 128)
    else if (status != 0 && failed == 0) fail("exit code " status " although no result failed")
    if (has_plan && planned != seen && !none_ran) fail("planned " planned " results, printed " seen + 0)
    else if (!has_plan && status == 0) fail(seen ? "printed no plan" : "printed no result")
    name = test
    sub(/^.*build\/(san-[^\/]*\/)?tests\//, "", name)
    printf "%-4s %-44s %4d passed%s%s  %.1f s\n", failed ? "FAIL" : skipped && !passed ? "skip" : "ok", name, passed,
        failed ? ", " failed " failed" : "", skipped ? ", " skipped " skipped" : "", ended - began
    print "ran", began, ended
    print "counts", passed + 0, failed + 0, skipped + 0
    for (i = 1; i <= failed; i++) print "failed " failures[i]
    for (i = 1; i <= skipped; i++) print "skipped " skips[i]
}
