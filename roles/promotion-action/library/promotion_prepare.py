#!/usr/bin/python
"""Makes the command line of one step: inputs that refer to other steps and jobs become texts, and files are written."""
import os
import re

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.promotion_files import FileError, read_state, unpack, write_private

INPUT = re.compile(r'^[a-z][a-z0-9-]*$')


class Resolver(object):
    """Looks references up: the results of earlier jobs, of earlier steps of this job, and what Zuul knows."""

    def __init__(self, params):
        self.needs = params['needs']
        self.done = dict((step['id'], step) for step in read_state(params['work']))
        self.facts = params['facts']
        self.folder = os.path.join(params['work'], params['step']['id'], 'needs')
        self.written = {}

    def text(self, value):
        """Returns the text of an input; an empty one is left out."""
        if value is None:
            return ''
        if isinstance(value, bool):
            return 'true' if value else 'false'
        if isinstance(value, (list, tuple)):
            return '\n'.join(text for text in map(self.text, value) if text)
        if not isinstance(value, dict):
            return str(value)
        if 'firstOf' in value:
            return next((text for text in map(self.text, value['firstOf']) if text), '')
        if 'sets' in value:
            return self.text([{'job': job, 'output': 'set'} for job in value['sets']])
        if 'plan' in value:
            return self.of_job(value['plan'], 'plan')
        if 'job' in value:
            return self.of_job(value['job'], value['output'])
        if 'step' in value:
            step = self.done.get(value['step']) or {}
            return (step.get('outputs') or {}).get(value['output']) or ''
        for kind in ('input', 'ci'):
            if kind in value:
                return str(self.facts.get(value[kind]) or '')
        if 'matrix' in value:
            return str(self.facts.get('job') or '')
        raise FileError('a reference has none of job, step, firstOf, sets, plan, input, ci, matrix')

    def of_job(self, job, output):
        result = self.needs.get(job) or {}
        entry = (result.get('files') or {}).get(output)
        if entry is None:
            return str((result.get('outputs') or {}).get(output) or '')
        if 'zlib' not in entry:
            raise FileError(
                'the job %s made %s with %s bytes, which is more than results carry: raise promotion_result_limit there'
                % (job, entry.get('name', output), entry.get('size', '?')))
        data = unpack(entry)
        if entry.get('text'):
            return data.decode('utf-8')
        if (job, output) not in self.written:
            folder = os.path.join(self.folder, job)
            self.written[(job, output)] = write_private(folder, entry['name'], data)
        return self.written[(job, output)]


def secret_flags(params):
    """Writes each secret that the step takes into a file of its own, and returns the flags that name them."""
    step = params['step']
    wanted = step.get('secrets')
    flags = []
    for name, value in sorted(params['secrets'].items()):
        if (wanted is not None and name not in wanted) or value in (None, ''):
            continue
        if not INPUT.match(name):
            raise FileError('promotion_secrets has an entry whose name is no input')
        folder = os.path.join(params['work'], 'secrets', step['id'])
        flags.append('--%s-file=%s' % (name, write_private(folder, name, str(value).encode('utf-8'))))
    return flags


def node_problem(module, node):
    told = ('tagflow needs Node 24 or later: name one by promotion_node. A job without nodes runs on the executor, '
            'whose sandbox sees system folders and trusted_ro_paths or untrusted_ro_paths alone')
    try:
        code, out, _ = module.run_command([node, '--version'], handle_exceptions=False)
    except OSError:
        return 'there is no %s here; %s' % (node, told)
    match = re.match(r'^v(\d+)\.', out)
    if code != 0 or match is None:
        return '%s --version does not tell a version of Node; %s' % (node, told)
    return '' if int(match.group(1)) >= 24 else '%s is Node %s; %s' % (node, out.strip(), told)


def prepare(module):
    params = module.params
    step = params['step']
    problem = node_problem(module, params['node'])
    if problem:
        raise FileError(problem)
    if not os.path.isfile(params['tagflow']):
        raise FileError('there is no %s: promotion_tagflow names tagflow.js of a checkout' % params['tagflow'])
    resolver = Resolver(params)
    texts = dict(params['common'])
    texts.update(step.get('inputs') or {})
    flags = []
    for name, value in sorted(texts.items()):
        if not INPUT.match(name):
            raise FileError('promotion_inputs has an entry whose name is no input: %s' % name)
        text = resolver.text(value)
        if text != '':
            # One word: what begins with dashes is a value all the same.
            flags.append('--%s=%s' % (name, text))
    folder = os.path.join(params['work'], step['id'], 'out')
    os.makedirs(folder, 0o700)
    return {
        'argv': [params['node'], params['tagflow'], step['action'], '--out-dir=' + folder] + flags + secret_flags(params),
        'stdout': os.path.join(params['work'], step['id'], 'stdout.json'),
        'out': folder,
        'problem': '',
    }


def main():
    module = AnsibleModule(argument_spec={
        'step': {'type': 'dict', 'required': True},
        'common': {'type': 'dict', 'default': {}},
        # The task has no_log. Masking by value would also blank results that happen to hold a short secret.
        'secrets': {'type': 'dict', 'default': {}, 'no_log': False},
        'needs': {'type': 'dict', 'default': {}},
        'facts': {'type': 'dict', 'default': {}},
        'work': {'type': 'path', 'required': True},
        'node': {'type': 'str', 'required': True},
        'tagflow': {'type': 'path', 'required': True},
    })
    try:
        result = prepare(module)
    except (FileError, OSError) as error:
        # No failure: the task is not shown, and this has to be.
        result = {'problem': str(error), 'argv': [], 'stdout': '', 'out': ''}
    module.exit_json(changed=True, **result)


if __name__ == '__main__':
    main()
