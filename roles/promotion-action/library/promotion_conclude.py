#!/usr/bin/python
"""Makes one result of all steps of a job: what later jobs get, which of them run, and what the log keeps."""
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.promotion_files import NAME, TEMPLATE, pack, read_state

WORST = ['nothing-to-do', 'planned', 'done', 'waiting', 'blocked', 'failed', 'invalid', 'half-done']


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def result_of(params):
    """Returns outcome, outputs and files of the job."""
    done = params['done']
    outcomes = [step['outcome'] for step in done.values()] or ['failed']
    worst = max(outcomes, key=lambda outcome: WORST.index(outcome) if outcome in WORST else len(WORST))
    wanted = params['outputs'] or dict(
        (output, {'step': step, 'output': output}) for step in params['order'] for output in done[step]['outputs'])
    outputs, files, room = {}, {}, params['limit']
    for name, ref in sorted(wanted.items()):
        step = done.get(ref['step'])
        # Every action has this one, beside its outputs.
        told = dict((step or {}).get('outputs', {}), outcome=(step or {}).get('outcome'))
        text = told.get(ref['output'])
        if step is None or text is None:
            continue
        path = step['files'].get(ref['output'])
        if path is None and not TEMPLATE.search(str(text)):
            outputs[name] = str(text)
            continue
        entry = pack(read(path) if path else str(text).encode('utf-8'), path.rsplit('/', 1)[-1] if path else name)
        if path is None:
            entry['text'] = True
        if len(entry['zlib']) > room:
            del entry['zlib']
        else:
            room -= len(entry['zlib'])
        files[name] = entry
    return {'outcome': worst, 'outputs': outputs, 'files': files}


def holds(rule, result):
    if not rule:
        return True
    text = result['outputs'].get(rule['output'], '')
    if rule['output'] == 'outcome':
        text = result['outcome']
    elif rule['output'] in result['files']:
        text = result['files'][rule['output']]['name']
    if 'is' in rule:
        return text in rule['is']
    return text not in rule['is_not']


def children_of(params, result):
    """Returns the jobs that are to run next; None: all that wait for this one."""
    rules = params['children']
    if not rules:
        return None
    kept = [job for job in params['waiting'] if holds(rules.get(job, rules.get('*')), result)]
    return None if len(kept) == len(params['waiting']) else kept


def kept_files(params):
    """Returns what the log keeps: step/file name → a packed file, and as many links."""
    files, links = {}, []
    for step in params['order']:
        facts = params['done'][step]
        parts = {'result.json': facts['said'].encode('utf-8')}
        for output, path in sorted(facts['files'].items()):
            data = read(path)
            name = path.rsplit('/', 1)[-1]
            if len(data) <= params['limit'] * 8 and NAME.match(name):
                parts[name] = data
                links.append({
                    'name': '%s %s' % (step, name),
                    'url': '%s/%s/%s' % (params['log_folder'], step, name),
                    'metadata': {'type': 'tagflow_' + output.replace('-', '_')},
                })
        for name, data in parts.items():
            files['%s/%s' % (step, name)] = pack(data, name)
    return files, links


def problem_of(params):
    bad = [(step, params['done'][step]) for step in params['order'] if not params['done'][step]['ok']]
    return '\n'.join('%s (%s) ended as %s: %s' % (step, facts['action'], facts['outcome'], facts['sentence'])
                     for step, facts in bad)


def main():
    module = AnsibleModule(argument_spec={
        'work': {'type': 'path', 'required': True},
        'outputs': {'type': 'dict', 'default': {}},
        'children': {'type': 'dict', 'default': {}},
        'waiting': {'type': 'list', 'elements': 'str', 'default': []},
        'limit': {'type': 'int', 'required': True},
        'log_folder': {'type': 'str', 'required': True},
    })
    params = module.params
    done = read_state(params['work'])
    params['order'] = [step['id'] for step in done]
    params['done'] = dict((step['id'], step) for step in done)
    result = result_of(params)
    files, links = kept_files(params)
    children = children_of(params, result)
    zuul = {'artifacts': links}
    if children is not None:
        zuul['child_jobs'] = children
    module.exit_json(result=result, zuul=zuul, kept=files, problem=problem_of(params))


if __name__ == '__main__':
    main()
