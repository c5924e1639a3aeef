"""Reads the reports below a folder with Python's own parsers; prints TAP. Called by test_report.sh."""
import pathlib
import re
import sys
import xml.etree.ElementTree as etree
from html.parser import HTMLParser

VOID = {"meta", "br", "img", "link", "hr", "input"}
BY_ITSELF = {"line", "rect", "circle", "path", "use", "polygon"}  # SVG may close these with />
FETCHING = {"src", "data", "action", "poster", "srcset", "background", "formaction"}
FORBIDDEN = {"script", "iframe", "object", "embed", "link", "base", "form", "img"}


class Page(HTMLParser):
    """Keeps a stack of open elements and every complaint."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack, self.wrong, self.ids, self.targets, self.count = [], [], set(), [], {}

    def look(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag in FORBIDDEN:
            self.wrong.append(f"<{tag}> at {self.getpos()}")
        for name, value in attributes:
            if name in FETCHING or name.startswith("on"):
                self.wrong.append(f"{tag} {name}={value}")
            if name == "href":
                self.targets.append(value)
            if name == "id":
                if value in self.ids:
                    self.wrong.append(f"id {value} twice")
                self.ids.add(value)

    def handle_starttag(self, tag, attributes):
        self.look(tag, attributes)
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.look(tag, attributes)
        if tag not in VOID | BY_ITSELF:
            self.wrong.append(f"<{tag}/> at {self.getpos()}")

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")


def read_page(path):
    page, text = Page(), path.read_text(encoding="utf-8", errors="strict")
    page.feed(text)
    page.close()
    return page, text


def elements_are_balanced(folder):
    wrong = []
    for path in folder.glob("*/report.html"):
        page, _ = read_page(path)
        if path.parent.name != "broken":
            wrong += [f"{path.parent.name}: {w}" for w in page.wrong + page.stack]
    return wrong


def links_stay_inside(folder):
    wrong = []
    for path in folder.glob("*/report.html"):
        page, text = read_page(path)
        wrong += [t for t in page.targets if not t.startswith("#") or t[1:] not in page.ids]
        wrong += re.findall(r"https?:|url\(|@import|file:", text)
    return wrong


def policy_forbids_the_network(folder):
    text = (folder / "bench/report.html").read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    ok = policy and "default-src 'none'" in policy[1] and "http" not in policy[1]
    return [] if ok else ["no policy"]


def a_bench_has_its_plots_and_captions(folder):
    page, _ = read_page(folder / "bench/report.html")
    wrong = []
    if page.count.get("figure") != 16 or page.count.get("figcaption") != 16:
        wrong.append(f"{page.count.get('figure')} figures")
    if page.count.get("table") != page.count.get("caption"):
        wrong.append(f"{page.count.get('table')} tables, {page.count.get('caption')} captions")
    if page.count.get("h1") != 1:
        wrong.append("not one h1")
    return wrong


def labels_outside(name, root):
    """Figures of the memory plots that end beyond the right edge, in a face whose columns are 6 pixels wide."""
    svg, outside = "{http://www.w3.org/2000/svg}", []
    width = float(root.get("viewBox").split()[2])
    for group in root.iter(svg + "g"):
        text = "".join(group.find(svg + "text").itertext()) if group.find(svg + "text") is not None else ""
        if "→" in text:
            x = float(re.match(r"translate\(([\d.]+),", group.get("transform")).group(1))
            if x + 6 * len(text) > width:
                outside.append(f"{name}: {text} from {x} on, of {width}")
    return outside


def drawings_are_xml(folder):
    wrong, seen = [], 0
    for path in folder.glob("*/plots/*.svg"):
        seen += 1
        try:
            root = etree.parse(path).getroot()
        except etree.ParseError as error:
            wrong.append(f"{path.name}: {error}")
            continue
        if not root.get("aria-label") or not root.get("viewBox"):
            wrong.append(f"{path.name}: no label or no size")
        if root.findall(".//{http://www.w3.org/2000/svg}script"):
            wrong.append(f"{path.name}: script")
        wrong += labels_outside(path.name, root)
    return wrong if seen else ["no drawing at all"]


def tables_of_markdown_are_whole(folder):
    wrong = []
    for path in folder.glob("*/report.md"):
        width = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.startswith("|"):
                width = None
                continue
            cells = len(re.findall(r"(?<!\\)\|", line))
            if width not in (None, cells):
                wrong.append(f"{path.parent.name}/report.md:{number}: {cells - 1} cells, not {width - 1}")
            width = cells
    return wrong


def pictures_of_markdown_exist(folder):
    text = (folder / "bench/report.md").read_text()
    links = re.findall(r"\]\(([^)]+)\)", text)
    wrong = [link for link in links if not (folder / "bench" / link).is_file()]
    return wrong if len(links) == 16 else [f"{len(links)} pictures"]


def main():
    folder = pathlib.Path(sys.argv[1])
    tests = [
        elements_are_balanced,
        links_stay_inside,
        policy_forbids_the_network,
        a_bench_has_its_plots_and_captions,
        drawings_are_xml,
        tables_of_markdown_are_whole,
        pictures_of_markdown_exist,
    ]
    failed = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        wrong = test(folder)
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {test.__name__.replace('_', ' ')}")
        for line in wrong[:10]:
            print(f"# {line}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
