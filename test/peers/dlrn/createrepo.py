"""Stands for createrepo_c: lists the rpms of a folder, which are small text files that the real one would refuse.

Writes repodata/repomd.xml and a primary list with the right checksum and size, as yum and dnf look for them.
"""
import gzip
import hashlib
import os
import sys

folder = sys.argv[-1]
# a src.rpm is left out with `-x *.src.rpm`, as DLRN asks for
rpms = sorted(name for name in os.listdir(folder) if name.endswith('.noarch.rpm'))
entries = []
for rpm in rpms:
    name, version, release = rpm[:-len('.noarch.rpm')].rsplit('-', 2)
    with open(os.path.join(folder, rpm), 'rb') as file:
        content = file.read()
    checksum = hashlib.sha256(content).hexdigest()
    entries.append(
        '<package type="rpm"><name>%s</name><arch>noarch</arch><version epoch="0" ver="%s" rel="%s"/>'
        '<checksum type="sha256" pkgid="YES">%s</checksum><size package="%d" installed="0" archive="0"/>'
        '<location href="%s"/></package>\n' % (name, version, release, checksum, len(content), rpm))
primary = gzip.compress((
    '<?xml version="1.0" encoding="UTF-8"?>\n<metadata xmlns="http://linux.duke.edu/metadata/common" packages="%d">\n'
    '%s</metadata>\n' % (len(rpms), ''.join(entries))).encode(), mtime=0)
checksum = hashlib.sha256(primary).hexdigest()
href = 'repodata/%s-primary.xml.gz' % checksum
os.makedirs(os.path.join(folder, 'repodata'), exist_ok=True)
with open(os.path.join(folder, href), 'wb') as file:
    file.write(primary)
with open(os.path.join(folder, 'repodata', 'repomd.xml'), 'w') as file:
    file.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo">\n'
        '<data type="primary">\n  <checksum type="sha256">%s</checksum>\n  <location href="%s"/>\n'
        '  <size>%d</size>\n</data>\n</repomd>\n' % (checksum, href, len(primary)))
