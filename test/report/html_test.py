#!/usr/bin/env python3
"""test/report/html_test.py [build/wsdx]: the HTML report in a real Chromium, at 1100 and 400 pixels, light and dark.

Nothing is loaded from anywhere, nothing runs, nothing sticks out at the side, hostile text shows as text, headings and
contrast are right. Screenshots stay in build/report-shots."""
import html.parser
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WSDX = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build/wsdx"))
SHOW = os.path.join(os.path.dirname(WSDX), "test/unit_report_golden")
SHOTS = os.path.join(os.path.dirname(WSDX), "report-shots")
CASES = ["healthy", "stripped", "direct", "hostile"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
         "--disable-dev-shm-usage", "--allow-file-access-from-files"]

# Loads the report in a frame of a given width, opens all <details>, and writes down what it measures.
PROBE = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe id="f" src="%s" style="border:0;width:%dpx;height:900px"></iframe><pre id="measured"></pre>
<script>
function light(c){var v=c.map(function(x){x/=255;return x<=.03928?x/12.92:Math.pow((x+.055)/1.055,2.4)});
  return .2126*v[0]+.7152*v[1]+.0722*v[2]}
function rgb(s){return s.match(/[\\d.]+/g).map(Number)}
function ground(e,w){for(;e;e=e.parentElement){var c=rgb(w.getComputedStyle(e).backgroundColor);
  if(c.length<4||c[3]>0)return c.slice(0,3)}return [255,255,255]}
document.getElementById('f').onload=function(){
  var w=this.contentWindow,d=this.contentDocument,least=99,where='';
  d.querySelectorAll('details').forEach(function(x){x.open=true});
  d.querySelectorAll('body *').forEach(function(e){
    var own=[].some.call(e.childNodes,function(n){return n.nodeType==3&&n.data.trim()});
    if(!own||e.closest('svg'))return;
    var a=light(rgb(w.getComputedStyle(e).color).slice(0,3)),b=light(ground(e,w));
    var k=(Math.max(a,b)+.05)/(Math.min(a,b)+.05);
    if(k<least){least=k;where=e.tagName+'.'+e.className}});
  document.getElementById('measured').textContent=JSON.stringify({
    scroll:d.documentElement.scrollWidth,client:d.documentElement.clientWidth,contrast:least,where:where,
    scripts:d.scripts.length,images:d.images.length,alerts:w.alerted||0,
    titles:d.title,h1:d.querySelectorAll('h1').length,lang:d.documentElement.lang,
    ids:[].map.call(d.querySelectorAll('[aria-labelledby]'),function(e){
      return !!d.getElementById(e.getAttribute('aria-labelledby'))}),
    loaded:w.performance.getEntriesByType('resource').map(function(e){return e.name}),
    text:d.body.textContent})};
</script>"""


def show(case):
    return subprocess.run([SHOW, case, "html"], check=True, capture_output=True, timeout=30).stdout.decode("utf-8")


def chromium(work, *args):
    profile = tempfile.mkdtemp(dir=work)
    # every name resolves to nothing: a request that gets out would still fail
    command = [CHROMIUM, *FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", *args]
    return subprocess.run(command, check=True, capture_output=True, timeout=90).stdout.decode("utf-8", "replace")


class Page(html.parser.HTMLParser):
    """Collects what could load or run something, and the order of headings."""
    LOADS = {"src", "href", "srcset", "data", "poster", "action", "background", "xlink:href", "style", "formaction"}

    def __init__(self):
        super().__init__()
        self.wrong, self.headings, self.policy, self.tags = [], [], "", set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag in ("script", "iframe", "object", "embed", "img", "base", "form", "audio", "video", "foreignobject"):
            self.wrong.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in self.LOADS and value != "data:,"):
                self.wrong.append(f"{tag} {name}={value}")
        values = dict(attrs)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))


def check_source(source):
    page = Page()
    page.feed(source)
    assert not page.wrong, page.wrong
    assert "default-src 'none'" in page.policy, "the page has no policy"
    assert page.headings[0] == 1 and page.headings.count(1) == 1, "one h1, first"
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:])), "a level of headings is skipped"
    assert not re.search(r"url\(|@import|https?://(?![^<]*</)", source.split("</style>")[0]), "the style loads something"
    bad = re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", source)
    assert not bad, f"raw control characters: {bad[:5]}"


def measure(work, path, width, dark):
    probe = os.path.join(work, "probe.html")
    with open(probe, "w", encoding="utf-8") as file:
        file.write(PROBE % ("file://" + path, width))
    out = chromium(work, f"--blink-settings=preferredColorScheme={0 if dark else 1}", "--virtual-time-budget=4000",
                   "--dump-dom", "file://" + probe)
    text = html.unescape(re.search(r'<pre id="measured">(.*?)</pre>', out, re.S).group(1))
    assert text, "the page was not measured"
    return json.loads(text)


def check_rendering(case, found, width):
    assert found["client"] == width, found["client"]
    assert found["scroll"] <= width, f"{found['scroll']} px wide in a window of {width}"
    assert found["scripts"] == 0 and found["images"] == 0 and found["loaded"] == [], found["loaded"]
    assert found["contrast"] >= 4.5, f"contrast {found['contrast']:.2f} at {found['where']}"
    assert found["h1"] == 1 and found["lang"] == "en" and found["titles"].endswith("wsdx")
    assert all(found["ids"]), "a section has a label that does not exist"
    if case == "hostile":
        assert "<script>alert(1)</script>" in found["text"], "hostile text is not shown as text"
        assert "\\x1b]0;owned\\x07" in found["text"] and "\\u{202e}" in found["text"], "control bytes are not visible"


class Listener:
    """Where a request would arrive if the page made one to this machine."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.asked = False
        threading.Thread(target=self.wait, daemon=True).start()

    def wait(self):
        try:
            self.socket.accept()
            self.asked = True
        except OSError:
            pass


def check_case(work, case):
    source = show(case)
    check_source(source)
    path = os.path.join(work, case + ".html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    for width, dark in ((1100, False), (400, False), (400, True)):
        check_rendering(case, measure(work, path, width, dark), width)
    for width, dark in ((1100, False), (500, True)):
        shot = os.path.join(SHOTS, f"{case}-{width}{'-dark' if dark else ''}.png")
        chromium(work, f"--blink-settings=preferredColorScheme={0 if dark else 1}", f"--window-size={width},1800",
                 f"--screenshot={shot}", "file://" + path)
        assert os.path.getsize(shot) > 10000, "the screenshot is empty"
    print("ok", case)


def check_policy_holds(work):
    """The same page with things to load and run put into it: the policy stops them, so the measuring is not blind."""
    listener = Listener()
    port = listener.socket.getsockname()[1]
    source = show("healthy").replace("<main>", f'<main><img src="http://127.0.0.1:{port}/x.png"><script>window.alerted=1'
                                     f'</script><link rel="stylesheet" href="http://127.0.0.1:{port}/x.css">', 1)
    path = os.path.join(work, "loaded.html")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    found = measure(work, path, 400, False)
    assert found["scripts"] == 1 and found["images"] == 1, "the measuring sees nothing"
    assert found["alerts"] == 0, "a script ran"
    assert not listener.asked, "the page asked for something"
    listener.socket.close()
    page = Page()
    page.feed(source)
    assert len(page.wrong) == 4, page.wrong
    print("ok policy")


def main():
    assert CHROMIUM, "chromium is missing"
    os.makedirs(SHOTS, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        for case in CASES:
            check_case(work, case)
        check_policy_holds(work)


main()
