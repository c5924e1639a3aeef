"""What pages that a make target writes have in common: the places between two marks, the line that says where it was measured,
and drawings that serve on paper and on dark.
"""
import os
import platform
import re
import subprocess
import tempfile

COLOURS = {  # stand-in: (variable, on paper, on dark), those of harness/present/palette.c where they are the same thing
    (1, 0, 0): ("ink", "#1b1d20", "#e7e9ec"), (1, 0, 1): ("muted", "#5f6368", "#a0a6ad"),
    (1, 0, 2): ("grid", "#e2e2dd", "#2d3137"), (1, 0, 3): ("paper", "#fbfbf9", "#15171a"),
    (1, 0, 4): ("first", "#00629b", "#5fb3ee"), (1, 0, 5): ("second", "#b44a00", "#f08a45"),
    (1, 0, 6): ("third", "#5b4fb0", "#a99df0")}
FIRST, SECOND, THIRD = 0x010004, 0x010005, 0x010006


def put(page, name, text):
    """The page with what stands between the marks of that name replaced; a page without them is an error."""
    pattern = re.compile(rf"(<!-- measured: {re.escape(name)} -->\n).*?(<!-- end -->)", re.S)
    if len(pattern.findall(page)) != 1:
        raise ValueError(f"the page has no place, or several, for {name}")
    return pattern.sub(lambda found: f"{found.group(1)}{text}\n{found.group(2)}", page)


def rewrite(path, **texts):
    """Several places at once; the file is whole at any time."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    for name, text in texts.items():
        page = put(page, name, text)
    write(path, page)


def write(path, text):
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=os.path.dirname(os.path.abspath(path)), delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def machine():
    """What figures depend on, and no more: a date would make two equal runs differ."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"^model name\s*: (.*)$", file.read(), re.M)
    return f"{os.cpu_count()} x {model.group(1) if model else platform.machine()}, Linux {platform.release()}"


def draw(path, title, script, source):
    """What gnuplot makes of the script, whose colours are stand-ins and which calls its file `target`."""
    with tempfile.TemporaryDirectory() as room:
        raw = os.path.join(room, "raw.svg")
        subprocess.run(["gnuplot"], input=f"target = '{raw}'\n{script}\n", text=True, check=True, cwd=source, timeout=60)
        with open(raw, encoding="utf-8") as file:
            write(path, dressed(file.read(), title))


def dressed(svg, title):
    """One drawing for paper and for dark: stand-ins become CSS variables."""
    width, height = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups()
    body = svg[svg.index(">", svg.index("<svg")) + 1:]
    body = re.sub(r"<title>.*?</title>|<desc>.*?</desc>|<filter.*?</filter>| id=\"gnuplot_[^\"]*\"| font-family=\"[^\"]*\"",
                  "", body, flags=re.S)
    body = re.sub(r"rgb\( *(\d+), *(\d+), *(\d+)\)",
                  lambda found: _colour(tuple(map(int, found.groups())), found.group(0)), body)
    sheet = [":root{" + "".join(f"--{name}:{shades[i]};" for name, *shades in COLOURS.values()) + "}" for i in (0, 1)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-label="{title}" '
            "font-family=\"system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif\">"
            f"<style>{sheet[0]}@media (prefers-color-scheme:dark){{{sheet[1]}}}</style>"
            f'<rect width="100%" height="100%" fill="var(--paper)"/>{body}')


def _colour(stand_in, otherwise):
    return f"var(--{COLOURS[stand_in][0]})" if stand_in in COLOURS else otherwise
