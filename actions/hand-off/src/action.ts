import { hash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineAction } from '@tagflow/action-kit';
import { loadConfig, resolvePhase } from '@tagflow/config';
import { canonicalJson, formatSet, parseFullHash, parseLabel } from '@tagflow/model';
import { deliver, openStore } from '@tagflow/store';
import { checkStatement, findSet, otherHash, refused } from './settings.ts';

export const action = defineAction({
  name: 'hand-off',
  description: 'Deliver a promoted set, with its statement, to the next owner and read it back.',
  inputs: {
    'full-hash': { type: 'string', required: true, description: 'The hash whose set is delivered.' },
    label: {
      type: 'string',
      description: 'The label that the set was promoted to; default: that of config. It has to name the hash still.',
    },
    release: { type: 'string', description: 'The release, such as master; it has to be that of the set.' },
    set: { type: 'list', description: 'Paths of set.json files; default: the set in an image store of config.' },
    statement: { type: 'file', description: 'The statement of promote-symlink; it is delivered beside the set.' },
    destination: {
      type: 'url',
      schemes: ['file', 'sftp'],
      description: 'The folder to deliver to; default: as in config.',
    },
    'ssh-key': { type: 'secret', description: 'The private key for an sftp destination.' },
    'known-hosts': { type: 'file', description: 'The known_hosts file for an sftp destination.' },
  },
  outputs: {
    manifest: 'The path of the manifest: what was delivered, with checksums.',
    acknowledgement: 'The URL of the manifest at the destination, after it was read back.',
  },
  run: async (given, context) => {
    const fullHash = parseFullHash(given['full-hash']);
    const config = given.config === undefined ? null : await loadConfig(given.config);
    const section = config === null ? null : resolvePhase(config, given.phase ?? '').handOff;
    const destination = given.destination?.href ?? section?.destination;
    if (destination === undefined) {
      if (config !== null) return { outcome: 'nothing-to-do', outputs: {}, message: 'the phase hands nothing off' };
      throw refused('input "destination" is missing: give it, or config and phase');
    }
    const label = given.label === undefined ? (section?.label ?? null) : parseLabel(given.label);
    const set = await findSet(fullHash, given.set, config, context);
    const release = given.release ?? config?.release ?? set.release;
    if (release !== set.release) throw refused(`the set is of release ${set.release}, not of ${release}`);

    const files = new Map([['set.json', formatSet(set)]]);
    if (given.statement !== undefined) files.set('statement.json', await readFile(given.statement, 'utf8'));
    checkStatement(files.get('statement.json'), fullHash, label);
    const other = config === null || label === null ? null : await otherHash(fullHash, label, config, context);
    if (other !== null) return { outcome: 'blocked', outputs: {}, message: other };
    const sha256 = Object.fromEntries(Array.from(files, ([name, text]) => [name, hash('sha256', text)]));
    const facts = { schema: 'tagflow/hand-off/v1', fullHash, release, label, sha256 };
    const manifest = `${canonicalJson(facts)}\n`;
    const path = join(context.outDir, 'manifest.json');
    await writeFile(path, manifest);

    const privateKey = given['ssh-key']?.reveal();
    const knownHosts = given['known-hosts'] === undefined ? '' : await readFile(given['known-hosts'], 'utf8');
    const ssh = privateKey === undefined ? {} : { ssh: { privateKey, knownHosts } };
    const store = openStore(destination, { effects: context, ...ssh });
    try {
      const place = `${store.url}/${fullHash}`;
      const what = `${String(set.containers.length)} containers and ${String(set.images.length)} images`;
      if (context.dryRun)
        return { outcome: 'planned', outputs: { manifest: path }, message: `would deliver ${what} to ${place}` };
      const isNew = await deliver(store, fullHash, new Map([...files, ['manifest.json', manifest]]), context.random);
      const outputs = { manifest: path, acknowledgement: `${place}/manifest.json` };
      return { outcome: isNew ? 'done' : 'nothing-to-do', outputs, message: `${what} are at ${place}` };
    } finally {
      await store.close();
    }
  },
});
