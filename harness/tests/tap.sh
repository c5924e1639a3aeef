# What the shell tests of this folder print: TAP, one line a result. Sourced by them, before they change their folder:
#   result STATUS NAME   0: it holds. Under one that does not stands what show_evidence prints
#   skip REASON          in place of a result
#   skip_all REASON      in place of them all; ends the test
#   done_testing         the plan; stands last, and fails if a result does not hold
# shellcheck shell=sh
tap_count=0
tap_failed=0

# A test that keeps what its command said elsewhere defines this anew.
show_evidence() { head -n 40 out err; }

result() {
    tap_count=$((tap_count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tap_count - $2"
    else
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_count - $2"
        show_evidence 2>&1 | sed 's/^/# /'
    fi
}
skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count # SKIP $1"
}
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}
done_testing() {
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ]
}
