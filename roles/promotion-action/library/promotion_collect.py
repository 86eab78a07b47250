#!/usr/bin/python
"""Reads what one step said: the JSON object on its stdout, its exit code, and the files that its outputs name."""
import json
import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.promotion_files import add_to_state

# What an exit code means where nothing else was said; any other one means that nobody knows what was written.
OUTCOMES = {1: 'failed', 2: 'invalid', 3: 'waiting', 4: 'half-done', 5: 'blocked'}


def read_object(path, code):
    try:
        with open(path, encoding='utf-8') as file:
            said = json.load(file)
        if isinstance(said, dict) and isinstance(said.get('outputs'), dict):
            return said
    except (OSError, ValueError):
        pass
    # A zero without its object is no success.
    outcome = OUTCOMES.get(code, 'half-done') if code else 'half-done'
    message = 'it ended with exit code %s and said nothing that can be read' % code
    return {'outcome': outcome, 'outputs': {}, 'unread': True, 'error': {'message': message, 'next': 'Read the log of this task.'}}


def sentence(said):
    error = said.get('error') or {}
    parts = [str(error.get('message') or 'its log says why').strip()] + [
        'because: %s' % cause for cause in error.get('causes') or []]
    if error.get('next'):
        parts.append('Next: %s' % error['next'])
    return '\n'.join(parts)


def files_of(outputs, folder):
    """Returns the outputs that are files of this step; a folder, or a file of somebody else, stays where it is."""
    top = os.path.realpath(folder) + os.sep
    return dict((name, text) for name, text in outputs.items()
                if isinstance(text, str) and os.path.isabs(text) and '\n' not in text and not os.path.islink(text)
                and os.path.isfile(text) and os.path.realpath(text).startswith(top))


def main():
    module = AnsibleModule(argument_spec={
        'id': {'type': 'str', 'required': True},
        'action': {'type': 'str', 'required': True},
        'work': {'type': 'path', 'required': True},
        'stdout': {'type': 'path', 'required': True},
        'out': {'type': 'path', 'required': True},
        # Of a step that could not be started.
        'problem': {'type': 'str', 'default': ''},
        'code': {'type': 'int', 'required': True},
    })
    params = module.params
    if params['problem']:
        said = {'outcome': 'invalid', 'outputs': {}, 'error': {'message': params['problem']}}
    else:
        said = read_object(params['stdout'], params['code'])
    ok = params['code'] == 0 and not params['problem'] and 'unread' not in said
    add_to_state(params['work'], {
        'id': params['id'],
        'action': params['action'],
        'outcome': str(said.get('outcome') or 'half-done'),
        'ok': ok,
        'outputs': said['outputs'],
        'files': files_of(said['outputs'], params['out']) if params['out'] else {},
        'said': json.dumps(said, indent=2, sort_keys=True),
        'sentence': '' if ok else sentence(said),
    })
    module.exit_json(changed=True, ok=ok, outcome=said.get('outcome'))


if __name__ == '__main__':
    main()
