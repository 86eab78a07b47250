#!/usr/bin/python
"""Takes the results file that an untrusted run left, as data: no symbolic link is followed, and its size is limited."""
import errno
import json

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.promotion_files import FileError, read_plain, write_private


def statuses_of(data):
    """Returns job → status, as far as it can be read; report-result judges the file."""
    try:
        jobs = json.loads(data.decode('utf-8')).get('jobs')
        return dict((str(job.get('job')), str(job.get('status'))) for job in jobs)
    except (AttributeError, TypeError, ValueError):
        return {}


def main():
    module = AnsibleModule(argument_spec={
        'root': {'type': 'path', 'required': True},
        'path': {'type': 'str', 'required': True},
        'folder': {'type': 'path', 'required': True},
        'limit': {'type': 'int', 'required': True},
    })
    params = module.params
    try:
        data = read_plain(params['root'], params['path'], params['limit'])
        path = write_private(params['folder'], 'results.json', data)
    except FileError as error:
        module.fail_json(msg='the results of the run are not taken: %s' % error)
    except OSError as error:
        if error.errno != errno.ENOENT:
            module.fail_json(msg='the results of the run cannot be read: %s' % error.strerror)
        module.exit_json(changed=False, path='', statuses={})
    module.exit_json(changed=True, path=path, statuses=statuses_of(data))


if __name__ == '__main__':
    main()
