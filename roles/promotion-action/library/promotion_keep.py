#!/usr/bin/python
"""Writes packed files below a folder."""
import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.promotion_files import FileError, NAME, unpack


def main():
    module = AnsibleModule(argument_spec={
        'files': {'type': 'dict', 'required': True},
        'folder': {'type': 'path', 'required': True},
    })
    try:
        for place, entry in module.params['files'].items():
            parts = place.split('/')
            if not all(NAME.match(part) for part in parts):
                raise FileError('"%s" is no place for a file' % place)
            folder = os.path.join(module.params['folder'], *parts[:-1])
            if not os.path.isdir(folder):
                os.makedirs(folder)
            with open(os.path.join(folder, parts[-1]), 'wb') as file:
                file.write(unpack(entry))
    except FileError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=True)


if __name__ == '__main__':
    main()
