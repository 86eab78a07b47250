"""What the modules of this role share: files that travel inside results, and what the steps of a job did."""
import base64
import hashlib
import json
import os
import re
import stat
import zlib

# A result becomes a variable of later jobs, and Ansible evaluates what looks like a template in it.
TEMPLATE = re.compile(r'\{[{%#]')
NAME = re.compile(r'^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$')


class FileError(Exception):
    """A file that cannot be taken; the message is a sentence for people."""


def pack(data, name):
    """Returns bytes as a dict that JSON can carry and no template engine touches: name, size, sha256, zlib in base64."""
    return {
        'name': name,
        'size': len(data),
        'sha256': hashlib.sha256(data).hexdigest(),
        'zlib': base64.b64encode(zlib.compress(data, 9)).decode('ascii'),
    }


def unpack(entry):
    """Returns the bytes of a packed file. Raises FileError when they are not what was packed."""
    size = int(entry.get('size', -1))
    try:
        unpacker = zlib.decompressobj()
        # One byte more than was said is enough to know.
        data = unpacker.decompress(base64.b64decode(entry['zlib']), size + 1)
    except (KeyError, ValueError, zlib.error):
        raise FileError('the file %s in the results of an earlier job is damaged' % entry.get('name', '?'))
    if len(data) != size or hashlib.sha256(data).hexdigest() != entry.get('sha256'):
        raise FileError('the file %s in the results of an earlier job has another checksum than was said'
                        % entry.get('name', '?'))
    return data


def write_private(folder, name, data):
    """Writes a new file of mode 0600 and returns its path."""
    if not NAME.match(name):
        raise FileError('"%s" is no name for a file' % name)
    if not os.path.isdir(folder):
        os.makedirs(folder, 0o700)
    path = os.path.join(folder, name)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, 'wb') as file:
        file.write(data)
    return path


def read_plain(root, path, limit):
    """
    Returns the bytes of a file that others left below root. No part of its path below root may be a symbolic link, it
    has to be a regular file with one name, and to hold at most limit bytes. Raises FileError; OSError when it is not there.
    """
    parts = [part for part in path.split('/') if part]
    if not parts or '..' in parts:
        raise FileError('the path %s leaves its folder' % path)
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for index, part in enumerate(parts):
            kind = 0 if index == len(parts) - 1 else os.O_DIRECTORY
            try:
                # Without O_NONBLOCK a named pipe would keep us for ever.
                below = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | kind, dir_fd=handle)
            except OSError as error:
                if os.path.lexists(os.path.join(root, *parts[:index + 1])):
                    raise FileError('%s is a symbolic link, or no file of its kind: %s' % (path, error.strerror))
                raise
            os.close(handle)
            handle = below
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1:
            raise FileError('%s is no regular file with one name' % path)
        if facts.st_size > limit:
            raise FileError('%s has %d bytes; at most %d are taken' % (path, facts.st_size, limit))
        data = b''
        while len(data) <= limit:
            more = os.read(handle, 65536)
            if not more:
                return data
            data += more
        raise FileError('%s grew beyond %d bytes' % (path, limit))
    finally:
        os.close(handle)


def read_state(work):
    """Returns what the steps of this job did so far, in their order: a list of dicts with id, outcome, ok, outputs, files."""
    try:
        with open(os.path.join(work, 'done.json'), encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        return []


def add_to_state(work, step):
    """On disk, and not in variables: Ansible would read templates in what servers said."""
    done = read_state(work) + [step]
    with open(os.path.join(work, 'done.json'), 'w', encoding='utf-8') as file:
        json.dump(done, file)
