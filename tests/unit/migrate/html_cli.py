#!/usr/bin/env python3
"""causeway migrate analyze --html, and what it prints on a terminal: names of every
kind are text and nothing else, of any length and number; the page can be read
without a mouse, without colours, and on paper.

html_cli.py CAUSEWAY PROJECT"""
import html.parser
import json
import pathlib
import re
import shutil
import sys
import tempfile
from xml.sax.saxutils import escape

from legacy import ROOT, analysis, check, done, run

sys.path.insert(0, ROOT + '/tests/lib')
from old_export import Larch, write  # noqa: E402

TOP = pathlib.Path(tempfile.mkdtemp(prefix='causeway-test.'))
FILES = Larch().files()
FIRST = next(n for n in FILES if n.startswith('SynchronizationRules'))
TAGS = {'html', 'head', 'meta', 'title', 'style', 'body', 'main', 'h1', 'h2', 'p', 'div', 'strong', 'b', 'ul', 'li', 'table', 'thead', 'tbody', 'tr',
        'th', 'td', 'br', 'span', 'bdi'}
EMPTY = {'meta', 'br'}
HOSTILE = ['<script>alert(1)</script>', '</title></style><script src=//x.example/a.js></script>', '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)",
           '&lt;b&gt; &amp; &#60;i&#62;', '<!-- --><![CDATA[', 'javascript:alert(1)', 'a\u202egnirts desrever\u202c', '\u2066left\u2069 \u200fmark', 'שלום עולם', 'مرحبا',
           '\u0085next\u2028line', 'Ünïcødé 結衣 🙂', 'x' * 20000, '{{7*7}}${7*7}%s%n']


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.stack, self.tags, self.bad, self.text, self.rows, self.scopes = [], set(), [], [], 0, 0
        self.css = ''
        self.feed(text)
        self.close()
        self.shown = ''.join(self.text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.rows += tag == 'tr'
        self.scopes += tag == 'th' and dict(attrs).get('scope') in ('col', 'row')
        self.bad += [(tag, a) for a in attrs if a[0] not in ('class', 'scope', 'lang', 'charset', 'name', 'content', 'colspan')]
        if tag not in EMPTY:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.bad.append(('/' + tag, self.stack[-3:]))

    def handle_comment(self, data):
        self.bad.append(('comment', data))

    def handle_data(self, data):
        if self.stack and self.stack[-1] == 'style':
            self.css += data
        else:
            self.text.append(data)


def page_of(files, name, *words):
    folder, report = TOP / 'export', TOP / 'report.html'
    shutil.rmtree(folder, ignore_errors=True)
    report.unlink(missing_ok=True)
    code, out, err = run('analyze', str(write(files, folder)), '--no-measure', '--html', str(report), *words)
    check(code == 0 and report.exists(), name + ': the report is made', err)
    text = report.read_text(encoding='utf-8')
    page = Page(text)
    check(page.tags <= TAGS and not page.bad and page.stack == [], name + ': its own elements, closed, and no others', (page.tags - TAGS, page.bad[:5], page.stack))
    return page, text, out


def named(names):
    """The export with a custom rule for each name, a connector and containers of them, too."""
    files = dict(FILES)
    plain = FILES[FIRST]
    for n, name in enumerate(names):
        files['SynchronizationRules/own%05d.xml' % n] = plain.replace('1a4c0000', '%08x' % (0x20000000 + n)).replace(
            'In from AD - Larch badge', escape(name)).replace('>40<', '>%d<' % (200 + n))
    return files


def shown_as(name):
    return re.sub('[\u0080-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069]', lambda m: 'U+%04X' % ord(m[0]), name)


def check_hostile():
    files = named(HOSTILE)
    for name in files:
        if name.startswith('Connectors'):
            files[name] = files[name].replace('<name>larch.example</name>', '<name>%s</name>' % escape(HOSTILE[0] + HOSTILE[7])).replace(
                '<inclusion>OU=Works,', '<inclusion>OU=%s,' % escape(HOSTILE[2] + '\u202e'))
    page, text, out = page_of(files, 'hostile names')
    for name in HOSTILE:
        check(shown_as(name) in page.shown, 'shown as it is: %r' % name[:40], page.shown[-300:])
    check(not re.search('[\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u0085]', text), 'marks of direction are shown, and have no effect')
    check(text.count('<bdi>') == text.count('</bdi>') > len(HOSTILE), 'a name keeps its direction to itself')
    check(HOSTILE[0] + 'aU+202Egnirts desreverU+202C' in page.shown and 'OU=' + HOSTILE[2] + 'U+202E' in page.shown, 'names of connectors and containers, too')
    check('<script' not in text and '<img' not in text, 'no element of a name is one of the page')
    check(not re.search('[\u202a-\u202e\u2066-\u2069]', out) and '<U+202E>gnirts' in out, 'and on a terminal', out[-500:])
    # JSON can hold what XML cannot.
    settings = json.loads(Larch().policy())
    settings['onpremisesDirectoryPolicy'][0]['customSynchronizationRules'][0]['name'] = '\x1b[2J\x1b]0;gone\x07 badge\x7f'
    settings['policyMetadata']['azureADConnectVersion'] = '2.4.18.0\x1b[31m<i>'
    page, text, out = page_of({'Applied-SynchronizationPolicy-20260504-060708.JSON': json.dumps(settings)}, 'escapes for a terminal')
    check('\x1b' not in text and '\x1b' not in out and '<U+001B>[2J<U+001B>]0;gone<U+0007> badge<U+007F>' in out, 'are shown on it, and not obeyed', out[:800])
    check('U+001B[2JU+001B]0;goneU+0007 badge' in page.shown and '2.4.18.0U+001B[31m<i>' in page.shown, 'and on the page', page.shown[:300])


def check_many():
    page, text, _ = page_of(named(['Rule %05d' % n for n in range(4900)]), '4,900 rules of their own')
    check(page.rows < 2300 and 'and 2903 more: causeway migrate analyze --json has all' in page.shown, 'the first 2,000, and how many more', page.rows)
    check(len(text) < 4 << 20, 'a page that a browser shows', len(text))
    check(analysis(str(TOP / 'export'))['rules']['custom'] == 4903, 'all of them in the JSON document')
    shutil.rmtree(TOP / 'export')
    code, _, err = run('analyze', str(write(named(['x'] * 5100), TOP / 'export')), '--no-measure')
    check(code == 1 and '5119 rules: at most' in err, 'more than is read is refused, with the number', err)
    # 60,000 things to say, and one that blocks behind them.
    files = {n: t.replace('<version>', ''.join('<hint-%s-%d/>' % (re.sub(r'\W', '', n)[-12:], k) for k in range(600)) + '<version>')
             if n.startswith('Synchronization') else t for n, t in named(['Rule %d' % n for n in range(80)]).items()}
    files['SynchronizationRules/zzz.xml'] = FILES[FIRST].replace('1a4c0000', '2fffffff').replace('>40<', '>999<').replace(
        '<linkType>Join', '<linkType>Adopt')
    shutil.rmtree(TOP / 'export')
    x = analysis(str(write(files, TOP / 'export')), '--objects', '10')
    blocks = [v['detail'] for v in x['verdicts'] if v['verdict'] == 'blocks']
    check(x['recommendation'] == 'blocked' and any('Adopt' in b for b in blocks), 'what blocks is told, however much is told before it', blocks)
    check(any('there is more' in v['detail'] for v in x['verdicts']), 'and that there is more')
    page_of(files, '60,000 things to say')


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def check_readable():
    page, text, _ = page_of(FILES, 'a plain export')
    check('<html lang=en>' in text and '<main>' in text and text.count('<h1>') == 1 and '<title>' in text, 'language, title, one main part, one first heading')
    check(page.scopes == text.count('<th '), 'every heading of a table says whether it is of a row or a column', (page.scopes, text.count('<th')))
    check('<th>' not in text, 'and none does not')
    colours = dict(re.findall(r'--(\w+):(#[0-9a-f]{6})', page.css))
    for name in ('ink', 'dim', 'ok', 'mid', 'bad'):
        for back in ('#ffffff', colours['back']):
            ratio = (luminance(back) + 0.05) / (luminance(colours[name]) + 0.05)
            check(ratio >= 4.5, 'contrast of %s on %s: %.1f' % (name, back, ratio))
    check('@media print' in page.css and 'break-inside:avoid' in page.css and 'table-header-group' in page.css, 'on paper: rows whole, headings again')
    check(not re.search(r'https?://|url\(|@import|src=|href=|<link|<script', text), 'nothing from elsewhere')
    for word in ('carries', 'manual', 'Recommended path'):
        check(word in page.shown, 'said in words, not by colour alone: ' + word)


def main():
    try:
        for step in (check_hostile, check_many, check_readable):
            step()
    finally:
        shutil.rmtree(TOP, ignore_errors=True)
    done()


main()
