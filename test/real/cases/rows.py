"""What the rows of the catalogue say of their reproduction is compared with the cases here."""
import glob
import os
import re

from lab.case import ALL, healthy_case
from lab.parts import HERE
from lab.process import Failed

CATALOGUE = os.path.join(HERE, '..', '..', 'src', 'cause', '*', 'causes.def')


def rows():
    """(id, found by a check, said to be unreproduced) of each row."""
    for path in glob.glob(CATALOGUE):
        with open(path) as f:
            for row in re.split(r'^(?=[A-Z]+\(\w+,)', f.read(), flags=re.M):
                name = re.search(r'\.id = "([^"]+)"', row)
                if name:
                    yield name.group(1), not row.startswith('KNOWN'), '.unreproduced = true' in row


@healthy_case('rows', 'a row says that it is unreproduced exactly when no case has real programs')
def _(t):
    real = {c.cause for c in ALL if c.real}
    wrong = [f'{name}: {"a case reproduces it" if name in real else "no case reproduces it"}'
        for name, checked, unreproduced in rows() if checked and unreproduced == (name in real)]
    strange = {c.cause for c in ALL if c.cause} - {name for name, _, _ in rows()}
    if wrong or strange:
        raise Failed('\n'.join(sorted(wrong) + [f'{name}: no such row' for name in strange]))
