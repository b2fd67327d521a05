"""Certificates made with openssl: a root, an intermediate, and leaves with one thing wrong each."""
import os
import subprocess


def _openssl(*args, cwd, text=None):
    p = subprocess.run(['openssl', *args], cwd=cwd, input=text, capture_output=True, text=True)
    if p.returncode:
        raise RuntimeError(f'openssl {" ".join(args)}: {p.stderr}')


class Certs:
    """Names below are files in `folder`: root.pem, and for each leaf NAME.pem (leaf and intermediate),
    NAME.leaf.pem (the leaf alone) and NAME.key."""

    def __init__(self, folder, issuer='wsdx test'):
        self.folder = folder
        self.issuer = issuer
        os.makedirs(folder, exist_ok=True)
        self._key('root')
        _openssl('req', '-x509', '-new', '-key', 'root.key', '-subj', f'/O={issuer}/CN={issuer} Root CA', '-days', '30',
            '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-out', 'root.pem', cwd=folder)
        self.root = os.path.join(folder, 'root.pem')
        self._sign('inter', f'/O={issuer}/CN={issuer} Intermediate CA', 'root',
            'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n')
        self.inter = os.path.join(folder, 'inter.leaf.pem')

    def _key(self, name):
        _openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', name + '.key', cwd=self.folder)

    def _sign(self, name, subject, by, extensions, dates=()):
        """`dates`: (notBefore, notAfter) as YYYYMMDDHHMMSSZ; thirty days from now when empty."""
        self._key(name)
        _openssl('req', '-new', '-key', name + '.key', '-subj', subject, '-out', name + '.csr', cwd=self.folder)
        ca = os.path.join(self.folder, name + '.ca')
        os.makedirs(ca, exist_ok=True)
        open(os.path.join(ca, 'index'), 'w').close()
        with open(os.path.join(ca, 'conf'), 'w') as f:
            f.write(f'''[ca]
default_ca=this
[this]
database={ca}/index
new_certs_dir={ca}
rand_serial=yes
default_md=sha256
policy=any
copy_extensions=none
[any]
commonName=supplied
organizationName=optional
[ext]
{extensions}''')
        when = ['-startdate', dates[0], '-enddate', dates[1]] if dates else ['-days', '30']
        issuer = by + '.pem' if by == 'root' else by + '.leaf.pem'
        _openssl('ca', '-batch', '-notext', '-config', ca + '/conf', '-extensions', 'ext', '-cert', issuer, '-keyfile',
            by + '.key', '-in', name + '.csr', '-out', name + '.leaf.pem', *when, cwd=self.folder)

    def leaf(self, name='good', names=('localhost', 'chat.test'), dates=(), usage='serverAuth'):
        """A leaf for `names` and 127.0.0.1 under the intermediate; returns (chain, key, leaf alone)."""
        alt = ','.join(['DNS:' + n for n in names] + (['IP:127.0.0.1'] if 'localhost' in names else []))
        self._sign(name, f'/CN={names[0]}', 'inter', f'basicConstraints=CA:FALSE\nextendedKeyUsage={usage}\n'
            f'subjectAltName={alt}\nauthorityInfoAccess=caIssuers;URI:http://ca.test/intermediate.cer\n', dates)
        path = os.path.join(self.folder, name)
        with open(path + '.pem', 'w') as out:
            for part in (path + '.leaf.pem', self.inter):
                out.write(open(part).read())
        return path + '.pem', path + '.key', path + '.leaf.pem'

    def expired(self):
        return self.leaf('expired', dates=('20200101000000Z', '20210101000000Z'))

    def early(self):
        return self.leaf('early', dates=('20480101000000Z', '20490101000000Z'))

    def self_signed(self, name='localhost'):
        self._key('self')
        _openssl('req', '-x509', '-new', '-key', 'self.key', '-subj', f'/CN={name}', '-days', '30', '-addext',
            f'subjectAltName=DNS:{name},IP:127.0.0.1', '-out', 'self.pem', cwd=self.folder)
        path = os.path.join(self.folder, 'self')
        return path + '.pem', path + '.key', path + '.pem'
