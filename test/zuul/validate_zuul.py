"""Checks YAML of Zuul with the schemas of the installed Zuul, without any of its services.

usage: python validate_zuul.py FILE...
Prints a line for each stanza, and exits with 1 when one is wrong or of a kind that is not known.
"""
import sys
import types

import voluptuous
from zuul import configloader
from zuul.driver.timer import TimerDriver
from zuul.lib import yamlutil

PARSERS = {
    'nodeset': configloader.NodeSetParser,
    'pipeline': configloader.PipelineParser,
    'project': configloader.ProjectParser,
    'project-template': configloader.ProjectTemplateParser,
    'queue': configloader.QueueParser,
    'secret': configloader.SecretParser,
    'semaphore': configloader.SemaphoreParser,
}


def schema_of(kind):
    if kind == 'job':
        return configloader.JobParser.schema
    if kind == 'tenant':
        # What a tenant may hold depends on its connections; that it is a mapping with a name is checked here.
        return voluptuous.Schema({voluptuous.Required('name'): str, voluptuous.Required('source'): dict})
    parser = object.__new__(PARSERS[kind])
    timer = types.SimpleNamespace(driver=TimerDriver())
    parser.pcontext = types.SimpleNamespace(
        job_parser=types.SimpleNamespace(
            schema=configloader.JobParser.schema, job_attributes=configloader.JobParser.job_attributes),
        nodeset_parser=None,
        connections=types.SimpleNamespace(connections={'timer': timer}),
    )
    return parser.getSchema()


def complaint_of(item):
    if not isinstance(item, dict) or len(item) != 1:
        return 'a stanza is a mapping with one key'
    kind, conf = next(iter(item.items()))
    if kind not in PARSERS and kind not in ('job', 'tenant'):
        return 'Zuul has no stanza of this kind'
    try:
        schema_of(kind)(conf)
    except voluptuous.Invalid as error:
        return str(error)
    return None


def main(paths):
    wrong = 0
    for path in paths:
        try:
            with open(path, encoding='utf-8') as file:
                items = yamlutil.encrypted_load(file)
        except yamlutil.YAMLError as error:
            print('%s: %s' % (path, str(error).replace('\n', ' ')))
            wrong += 1
            continue
        if not isinstance(items, list):
            print('%s: not a list of stanzas' % path)
            wrong += 1
            continue
        for index, item in enumerate(items):
            complaint = complaint_of(item)
            wrong += complaint is not None
            print('%s[%d]: %s' % (path, index, complaint or 'ok'))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
