"""What callgrind wrote: how many instructions were in each function, without those that it calls, and how often it was called.

The format: Valgrind User Manual, "Callgrind Format Specification". Names are compressed: "(1) name" once, then "(1)".
"""
import re

NAME = re.compile(r"(c?fn)=\((\d+)\)(?: (.*))?$")
COST = re.compile(r"[+*-]?\d* (\d+)$|\* (\d+)$")


def read(path):
    """({function: instructions}, {function: calls of it})"""
    names, counts, calls, function, called, is_call = {}, {}, {}, None, None, False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            named, cost = NAME.match(line), COST.match(line)
            if named:
                kind, number, name = named.groups()
                names.setdefault(number, name)
                function, called = (function, names[number]) if kind == "cfn" else (names[number], None)
            elif line.startswith("calls="):
                calls[called] = calls.get(called, 0) + int(line[6:].split()[0])
                is_call = True       # the next line is what was spent in there
            elif cost and not is_call:
                counts[function] = counts.get(function, 0) + int(cost.group(1) or cost.group(2))
            elif cost:
                is_call = False
    return counts, calls
