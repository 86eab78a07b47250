import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tool } from '../../scripts/tools.ts';

/** The Python that has Zuul. */
export const zuulPython = tool('zuul/python');
export const ansiblePlaybook = tool('zuul-ansible/ansible-playbook');
/** The Python package `zuul`, with the plugins that it gives to Ansible. */
export const zuulPackage = packageFolder();

function packageFolder(): string {
  const lib = join(dirname(realpathSync(dirname(zuulPython))), 'lib');
  const version = readdirSync(lib).find((name) => name.startsWith('python')) ?? '';
  return join(lib, version, 'site-packages', 'zuul');
}
