#!/usr/bin/env python3
"""Typesets the formulas of all lessons into SVG files: run after a formula was added or changed.

Needs latex (with amsmath) and dvisvgm. The program itself needs neither: it draws what lies here.
index.json says which file belongs to which TeX, with its size in em: width, height above the
baseline, depth below it; and how it is read out. Displayed formulas say so themselves, in their
first line; inline ones are put into words here.
"""
import glob
import hashlib
import json
import os
import re
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LESSONS = os.path.join(HERE, '..', 'lessons', '*', 'page.md')
EM = 12.0  # TeX points of one em
BP = 72 / 72.27  # PostScript points of a TeX point: what dvisvgm writes
AIR = 0.6  # around a formula, so that no stroke is cut off

INLINE = re.compile(r'\$`([^`]+)`\$')
DISPLAY = re.compile(r'^```math\n(.*?)\n```$', re.MULTILINE | re.DOTALL)


# How inline formulas are read out.
WORDS = {
    '=': 'equals', '+': 'plus', '-': 'minus', '/': 'over', ',': ',', '(': ',', ')': '',
    '^': 'to the', '_': '', '{': '', '}': '', r'\,': '', r'\cdot': 'times',
    r'\max': 'the maximum of', r'\hat': 'hat', r'\sqrt': 'the square root of',
    r'\eta': 'eta', r'\beta': 'beta', r'\varepsilon': 'epsilon',
}
PHRASES = {r'\lfloor\cdot\rfloor': 'the sign of rounding down'}
TOKEN = re.compile(r'\\[a-zA-Z]+|\\.|[0-9.]+|\S')


def spoken(tex):
    """The words of a short formula, from left to right."""
    if tex in PHRASES:
        return PHRASES[tex]
    tex = re.sub(r'\\hat\{(\w)\}', r'\1\\hat', tex).replace(r'\max(', r'\max ')
    tokens = TOKEN.findall(tex)
    for token in tokens:
        if token not in WORDS and not re.fullmatch(r'[A-Za-z]|[0-9.]+', token):
            raise SystemExit('say in WORDS or PHRASES how to read out %s in %s' % (token, tex))
    words = ' '.join(WORDS.get(token, token) for token in tokens)
    return re.sub(r'\s+', ' ', words).replace(' ,', ',').strip()


def formulas():
    """(TeX, displayed?) → how it is read out."""
    found = {}
    for path in sorted(glob.glob(LESSONS)):
        with open(path, encoding='utf-8') as file:
            text = file.read()
        for tex in DISPLAY.findall(text):
            words = None
            if tex.startswith('% spoken:'):
                words, tex = tex.removeprefix('% spoken:').split('\n', 1)
            found[(tex.strip(), True)] = words.strip() if words else tex.strip()
        for tex in INLINE.findall(DISPLAY.sub('', text)):
            found[(tex, False)] = spoken(tex)
    return found


def document(items):
    lines = [r'\documentclass[12pt]{article}', r'\usepackage{amsmath,amssymb}',
             r'\hoffset=-1in \voffset=-1in', r'\begin{document}']
    for tex, display in items:
        style = r'\displaystyle ' if display else ''
        lines.append(r'\setbox0=\hbox{$%s%s$}' % (style, tex))
        lines.append(r'\typeout{FORMULA \the\wd0\space\the\ht0\space\the\dp0}')
        lines.append(r'\shipout\vbox{\hbox{\copy0}}')
    return '\n'.join(lines + [r'\end{document}', ''])


def typeset(items, folder):
    with open(os.path.join(folder, 'f.tex'), 'w', encoding='utf-8') as file:
        file.write(document(items))
    run = subprocess.run(['latex', '-interaction=nonstopmode', '-halt-on-error', 'f.tex'],
                         cwd=folder, capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(run.stdout[-2000:])
    subprocess.run(['dvisvgm', '--no-fonts', '--verbosity=1', '-p1-', '-o', '%p.svg', 'f.dvi'],
                   cwd=folder, check=True)
    sizes = re.findall(r'FORMULA ([\d.]+)pt\s*([\d.]+)pt\s*([\d.]+)pt', run.stdout)
    return [tuple(map(float, size)) for size in sizes]


def find_page(folder, number):
    for name in os.listdir(folder):
        if re.fullmatch(r'0*%d\.svg' % number, name):
            with open(os.path.join(folder, name), encoding='utf-8') as file:
                return file.read()
    raise SystemExit('page %d was not drawn' % number)


def rewrite(svg, size):
    """One root of our own: the box as TeX measured it, in the colour of the text around it."""
    width, height, depth = (value * BP for value in size)
    body = re.search(r'<svg[^>]*>(.*)</svg>', svg, re.DOTALL).group(1).strip()
    box = '%.3f %.3f %.3f %.3f' % (-72 - AIR, -72 - AIR, width + 2 * AIR,
                                   height + depth + 2 * AIR)
    return ("<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' "
            "viewBox='%s' fill='currentColor' stroke='none'>\n%s\n</svg>\n" % (box, body))


def main():
    items = formulas()
    entries = []
    for old in glob.glob(os.path.join(HERE, '*.svg')):
        os.remove(old)
    with tempfile.TemporaryDirectory() as folder:
        sizes = typeset(items, folder)
        for number, ((tex, display), size) in enumerate(zip(items, sizes), 1):
            key = ('display ' if display else 'inline ') + tex
            name = hashlib.sha256(key.encode()).hexdigest()[:12] + '.svg'
            with open(os.path.join(HERE, name), 'w', encoding='utf-8') as file:
                file.write(rewrite(find_page(folder, number), size))
            width, height, depth = (value / EM for value in size)
            entries.append({'tex': tex, 'display': display, 'file': name,
                            'width': round(width, 4), 'height': round(height, 4),
                            'depth': round(depth, 4), 'air': round(AIR / BP / EM, 4),
                            'spoken': items[(tex, display)]})
    with open(os.path.join(HERE, 'index.json'), 'w', encoding='utf-8') as file:
        json.dump({'formulas': entries}, file, ensure_ascii=False, indent=1)
        file.write('\n')
    print('%d formulas' % len(entries))


if __name__ == '__main__':
    main()
