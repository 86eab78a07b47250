"""Runs the real DLRN on loopback until its standard input ends.

One process serves the API (the Flask app of the installed dlrn package) and the repository tree, each on a free port.
Builds are recorded by DLRN's own code after a build (dlrn.shell.post_build and process_build_result), so rows, files
and links are the real ones; only the compiling is left out, the packages being small text files.

Prints one line of JSON when it is ready. Then every line `build N` on standard input records N more builds and is
answered by one line of JSON, the list of them; `fail N` as well, of builds that failed.
"""
import argparse
import configparser
import functools
import hashlib
import http.server
import json
import os
import shlex
import socketserver
import subprocess
import sys
import threading
import time

parser = argparse.ArgumentParser()
parser.add_argument('--root', required=True, help='an empty directory for all data')
parser.add_argument('--mode', choices=['classic', 'component'], required=True)
parser.add_argument('--commits', type=int, default=6)
parser.add_argument('--components', default='tripleo,compute,network')
parser.add_argument('--packages', type=int, default=1, help='packages of each component')
parser.add_argument('--extended', choices=['one', 'two'], help='builds have an extended hash, or two joined by _')
parser.add_argument('--builder', default='centos9-master')
parser.add_argument('--username', default='ciuser')
parser.add_argument('--password', default='cipass')
args = parser.parse_args()

# DLRN prints, and its answers to us are JSON.
answers = os.fdopen(os.dup(1), 'w')
os.dup2(2, 1)
root = os.path.realpath(args.root)
components = args.components.split(',')


def path(*parts):
    joined = os.path.join(root, *parts)
    os.makedirs(os.path.dirname(joined), exist_ok=True)
    return joined


def write(text, *parts):
    with open(path(*parts), 'w') as file:
        file.write(text)
    return path(*parts)


class TreeHandler(http.server.SimpleHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    # Head and body leave in two writes; the second would wait for the answer to the first.
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass


class TreeServer(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


os.makedirs(path('data', 'repos'), exist_ok=True)
os.makedirs(path('web'))
os.symlink('../data/repos', path('web', args.builder))
# The port is needed first: it is in every delorean.repo.
tree = TreeServer(('127.0.0.1', 0), functools.partial(TreeHandler, directory=os.path.join(root, 'web')))
repos_url = 'http://127.0.0.1:%d/%s' % (tree.server_address[1], args.builder)

# Without createrepo_c no rpm tooling is needed.
createrepo = os.path.join(os.path.dirname(os.path.realpath(__file__)), 'createrepo.py')
for name in ('createrepo', 'createrepo_c'):
    stub = write('#!/bin/sh\nexec %s -IS %s "$@"\n' % (shlex.quote(sys.executable), shlex.quote(createrepo)), 'bin', name)
    os.chmod(stub, 0o755)
os.environ['PATH'] = path('bin') + os.pathsep + os.environ['PATH']

# DLRN's package list, which it reads from a git repository.
projects = [{'project': 'lab-%s-%d' % (component, number), 'component': component}
            for number in range(1, args.packages + 1) for component in components]
upstream = 'https://git.openstack.org/openstack/%(project)s'
distgit = 'https://github.com/rdo-packages/%(project)s-distgit'
write(json.dumps({
    'releases': [{'name': 'master', 'branch': 'rpm-master', 'repos': [{'name': 'el9s', 'buildsys': 'none/none'}]}],
    'package-default': {'name': '%(project)s', 'upstream': upstream, 'distgit': distgit, 'master-distgit': distgit,
                        'maintainers': ['ci@example.com']},
    'packages': projects,
}), 'rdoinfo', 'rdo.yml')  # JSON is YAML
for command in (['init', '-q', '-b', 'master'], ['add', 'rdo.yml'],
                ['-c', 'user.name=lab', '-c', 'user.email=lab@example.com', 'commit', '-qm', 'package list']):
    subprocess.run(['git', '-C', path('rdoinfo')] + command, check=True)

database = 'sqlite:///' + path('commits.sqlite')
ini = configparser.RawConfigParser()
ini.read_dict({
    'DEFAULT': {
        'datadir': path('data'), 'baseurl': repos_url, 'distro': 'rpm-master', 'source': 'master', 'target': 'centos9',
        'reponame': 'delorean', 'project_name': 'Lab', 'pkginfo_driver': 'dlrn.drivers.rdoinfo.RdoInfoDriver',
        'build_driver': 'dlrn.drivers.mockdriver.MockBuildDriver', 'database_connection': database,
        'use_components': str(args.mode == 'component').lower(), 'smtpserver': '', 'tags': '', 'rsyncdest': '',
    },
    'rdoinfo_driver': {'repo': path('rdoinfo'), 'info_files': 'rdo.yml', 'cache_dir': path('cache')},
})
with open(path('projects.ini'), 'w') as file:
    ini.write(file)
os.environ['CONFIG_FILE'] = write('DB_PATH = %r\nREPO_PATH = %r\nCONFIG_FILE = %r\n' % (
    database, path('data', 'repos'), path('projects.ini')), 'api.cfg')
os.chdir(root)

import sqlalchemy  # noqa: E402

# DLRN makes an engine for every request, and so compiles every statement again: that is most of the time of one.
sqlalchemy.create_engine = functools.cache(sqlalchemy.create_engine)

from dlrn.config import ConfigOptions  # noqa: E402
from dlrn.db import closeSession, Commit, getSession, User  # noqa: E402
from dlrn.shell import post_build, process_build_result  # noqa: E402
from dlrn.utils import import_object  # noqa: E402
from passlib.hash import sha512_crypt  # noqa: E402


@sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, 'connect')
def trust_the_disk(connection, _):
    """Nothing here has to outlive a power cut, and waiting for the disk is most of what a busy machine does."""
    connection.execute('PRAGMA synchronous = OFF')


options = ConfigOptions(ini)
packages = import_object(options.pkginfo_driver, cfg_options=options).getpackages(tags=options.tags)


def sha(*parts):
    return hashlib.sha1('/'.join(str(part) for part in parts).encode()).hexdigest()


def new_commit(name, component, number, built, status='SUCCESS', flags=0):
    extended = [sha(name, 'extended', number), sha(name, 'source rpm', number)][:{None: 0, 'one': 1, 'two': 2}[args.extended]]
    return Commit(
        type='rpm', project_name=name, commit_branch='master', commit_hash=sha(name, 'source', number),
        distro_hash=sha(name, 'distro', 0), extended_hash='_'.join(extended) or None,
        dt_commit=built - 900, dt_distro=built - 86400, dt_extended=0, dt_build=built,
        repo_dir=path('data', name), distgit_dir=path('data', name + '_distro/'),
        component=component, status=status, notes='OK', flags=flags)


def record_build(session, number, built, fails=False):
    package = packages[number % len(packages)]
    commit = new_commit(package['name'], package['component'] if args.mode == 'component' else None, number, built)
    nvr, rpms = rpms_of(commit, number)
    directory = os.path.dirname(rpms[0])
    for rpm in rpms:
        write('stands for %s\n' % os.path.basename(rpm), 'data', rpm)
    # DLRN's report wants to copy these.
    for log in ('build.log', 'rpmbuild.log', 'installed', 'mock.log', 'root.log', 'state.log'):
        write('%s of %s\n' % (log, nvr), 'data', directory, log)
    if fails:
        # The lab's own rows have no other notes.
        process_build_result([commit, '', '', Exception('OK')], packages, session, [], failures=1)
        return commit
    result = [commit, rpms, 'OK', None]
    failures = post_build(result, packages, session)
    process_build_result(result, packages, session, [], consistent=failures == 0, failures=failures)
    return commit


def rpms_of(commit, number):
    stamp = time.strftime('%Y%m%d%H%M%S', time.gmtime(commit.dt_build))
    nvr = '%s-%s-0.%s.%s.el9' % (commit.project_name, version_of(number), stamp, commit.commit_hash[:7])
    directory = os.path.join('repos', commit.getshardedcommitdir())
    return nvr, [os.path.join(directory, nvr + end) for end in ('.src.rpm', '.noarch.rpm')]


def version_of(number):
    return '1.0.%d' % number


def described(commit, number=0):
    return {'project': commit.project_name, 'commitHash': commit.commit_hash, 'distroHash': commit.distro_hash,
            'extendedHash': commit.extended_hash, 'component': commit.component, 'status': commit.status,
            'purged': bool(commit.flags & 2), 'directory': commit.getshardedcommitdir(),
            'version': version_of(number), 'builtAt': commit.dt_build}


def record_builds(count, first_built, fails=False):
    session = getSession(database)
    done = session.query(Commit).filter(Commit.dt_build > 0, Commit.project_name.like('lab-%-%')).count()
    made = [described(record_build(session, number, first_built + step * 3600, fails), number)
            for step, number in enumerate(range(done, done + count))]
    closeSession(session)
    return made


def record_specials():
    """Rows without files, of packages that no list has, so that they do not hold `consistent` back."""
    session = getSession(database)
    component = components[0] if args.mode == 'component' else None
    # Built at midnight, where the metrics of a day end.
    rows = [new_commit(name, component, 0, 999993600, status, flags) for name, status, flags in (
        ('failed', 'FAILED', 0), ('retried', 'RETRY', 0), ('purged', 'SUCCESS', 2))]
    # A row that is purged keeps the names of what it had.
    rows[2].artifacts = ','.join(rpms_of(rows[2], 0)[1])
    session.add_all(rows)
    # The cheapest hash that is accepted: the default costs half a second of every authenticated call.
    session.add(User(username=args.username, password=sha512_crypt.using(rounds=1000).hash(args.password)))
    session.commit()
    made = [described(row) for row in rows]
    closeSession(session)
    return made


specials = record_specials()
seeded = record_builds(args.commits, int(time.time()) - args.commits * 3600)

from dlrn.api import app  # noqa: E402
from werkzeug.middleware.dispatcher import DispatcherMiddleware  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

# Below a prefix as on RDO's own servers.
prefix = '/api-' + args.builder
api = make_server('127.0.0.1', 0, DispatcherMiddleware(app, {prefix: app}), threaded=True)
for server in (tree, api):
    threading.Thread(target=server.serve_forever, daemon=True).start()


def answer(value):
    answers.write(json.dumps(value) + '\n')
    answers.flush()


answer({
    'apiUrl': 'http://127.0.0.1:%d%s' % (api.server_port, prefix), 'reposUrl': repos_url, 'mode': args.mode,
    'username': args.username, 'password': args.password, 'root': root, 'reposDirectory': path('data', 'repos'),
    'seed': seeded, 'specials': specials,
})
for line in sys.stdin:
    word, _, count = line.strip().partition(' ')
    if word not in ('build', 'fail'):
        sys.exit('real_dlrn.py: unknown command %r' % line)
    answer(record_builds(int(count), int(time.time()), fails=word == 'fail'))
# Threads of the two servers must not keep the process.
os._exit(0)
