"""Checks tests/functional/*.csv and tests/bias/*.csv, and prints the table of the functions (`check.py tables`)."""
import collections, csv, pathlib, re, sys, unicodedata

ROOT = pathlib.Path(__file__).parent.parent
problems = []


def read(path):
    raw = path.read_bytes()
    raw.decode('utf-8')
    if raw.startswith(b'\xef\xbb\xbf') or b'\r' in raw:
        problems.append(f'{path.name}: byte order mark or carriage return')
    return list(csv.DictReader(raw.decode('utf-8').splitlines(keepends=True), strict=True))


def plain(text):
    folded = ''.join(c for c in unicodedata.normalize('NFKD', text) if not unicodedata.combining(c) and c.isprintable())
    return re.sub(r'\W+', ' ', folded.lower()).strip()


rows, ids, texts = [], {}, {}
for path in sorted((ROOT / 'functional').glob('*.csv')):
    for r in read(path):
        if list(r) != ['id', 'function', 'text', 'expected', 'label', 'why'] or None in r.values():
            problems.append(f'{path.name}: wrong columns in {r}')
        if r['expected'] not in '01' or r['label'] not in ('insult', 'threat') or not r['why'] or r['text'] != r['text'].strip():
            problems.append(f'{path.name}: bad row {r}')
        if not r['id'].startswith(r['function'] + '-'):
            problems.append(f'{r["id"]}: not of {r["function"]}')
        for seen, key in ((ids, r['id']), (texts, r['text'])):
            if key in seen:
                problems.append(f'twice: {key}')
            seen[key] = 1
        rows.append(dict(r, file=path.name))

functions = collections.OrderedDict()
for r in rows:
    functions.setdefault(r['function'], []).append(r)
for name, cases in functions.items():
    if len({(r['file'], r['expected'], r['label']) for r in cases}) > 1:
        problems.append(f'{name}: in two files, or with two answers')

own = [(r, set(plain(r['text']).split())) for r in rows if not re.match('hidden_(?!not|phonetic|across|lookalike|civil)', r['function'])]
for i, (a, x) in enumerate(own):
    for b, y in own[:i]:
        if len(x & y) >= 3 and len(x & y) / len(x | y) >= 0.7:
            problems.append(f'nearly the same: {b["id"]} {b["text"]} / {a["id"]} {a["text"]}')

templates, identities = read(ROOT / 'bias/templates.csv'), read(ROOT / 'bias/identities.csv')
rendered = set()
for i in identities:
    if set(i) != {'term', 'group', 'person', 'people'} or not all(i.values()):
        problems.append(f'identity {i}')
for t in templates:
    slots = re.findall(r'\{(.*?)\}', t['template'])
    if len(slots) != 1 or slots[0] not in ('person', 'people') or t['expected'] not in '01' or not t['kind']:
        problems.append(f'template {t}')
    if t['template'].startswith('{') or re.search(r'\ba \{', t['template']):
        problems.append(f'template begins with a slot or has an article before it: {t}')
    for i in identities:
        text = t['template'].format(**i)
        if text in rendered or '{' in text:
            problems.append(f'rendered twice or not at all: {text}')
        rendered.add(text)
for column, table in (('template', templates), ('term', identities), ('person', identities), ('people', identities)):
    if len({r[column] for r in table}) < len(table):
        problems.append(f'{column} is not unique')

if sys.argv[1:] == ['tables']:
    for name, c in functions.items():
        what = next((w for w, n in collections.Counter(r['why'] for r in c).most_common(1)))
        if name == 'hidden_civil':
            what = 'harmless sentences with a harmless word hidden in one of the ways above'
        print(f"| {c[0]['file'][:-4]} | `{name}` | {what} | {c[0]['label']} | {c[0]['expected']} | {len(c)} |")
else:
    n = [len(r['text'].split()) for r in rows]
    print(f'{len(rows)} cases, {len(functions)} functions, expected 1: {sum(r["expected"] == "1" for r in rows)}')
    print(f'words a case: {min(n)} to {max(n)}, mean {sum(n) / len(n):.1f}; 30 words and more: {sum(x >= 30 for x in n)}')
    print('cases of a function:', min(map(len, functions.values())), 'to', max(map(len, functions.values())))
    print('first words:', collections.Counter(plain(r['text']).split()[:1][0] if plain(r['text']) else '' for r in rows).most_common(12))
    print(f'{len(templates)} templates ({sum(t["expected"] == "1" for t in templates)} insults) x {len(identities)} identities = {len(rendered)}')
    print('\n'.join(problems) or 'no problems')
    sys.exit(bool(problems))
