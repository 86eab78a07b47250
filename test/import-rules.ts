import ts from 'typescript';

const clients = ['dlrn', 'oci', 'store', 'images', 'runner', 'featureset', 'ledger'];
const core = ['model', 'config', 'http', 'promotion', ...clients];

/**
 * Who may import whom, among our packages. A package that is not named here may import nothing, so a new one begins
 * with a line of its own. What may be imported must be listed in package.json all the same.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  config: ['model'],
  http: ['model'],
  dlrn: ['model', 'http'],
  oci: ['model', 'http'],
  store: ['model', 'http'],
  images: ['model', 'http', 'store'],
  runner: ['model', 'http'],
  featureset: ['model', 'http'],
  ledger: ['model'],
  promotion: ['model'],
  status: core,
  'action-kit': ['model'],
  lab: ['model'],
  wiring: core,
};

const wiredActions = ['promote-symlink', 'hand-off'];

/** Packages of others that have one home, so that there is one way to do what they do. */
const homes: Readonly<Record<string, readonly string[]>> = {
  axios: ['http'],
  tar: ['images', 'oci'],
  zod: ['config'],
  kysely: ['ledger'],
  pg: ['ledger'],
  ssh2: ['store', 'lab'],
  graphql: ['lab'],
  hono: ['lab', 'status'],
  '@hono/node-server': ['lab', 'status'],
  '@actions/core': ['action-kit'],
  '@actions/exec': ['action-kit'],
  '@actions/tool-cache': ['action-kit'],
  '@octokit/rest': ['runner', 'status'],
};

export interface Importer {
  readonly kind: 'package' | 'action';
  readonly name: string;
  /** The names in package.json that this file may use. */
  readonly declared: readonly string[];
  readonly isTest: boolean;
  /** How many folders the file lies below its package: 1 for `src/index.ts`. */
  readonly depth: number;
}

/** Returns what is imported, exported from, or loaded with import(), as it is written; types too. */
export function importsOf(source: string): readonly string[] {
  return ts.preProcessFile(source, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** Returns why the import is not allowed, or null when it is. `actions` are the names of all actions. */
export function refusal(importer: Importer, specifier: string, actions: readonly string[]): string | null {
  if (specifier.startsWith('node:')) return null;
  if (specifier.startsWith('.')) {
    const climbs = specifier.split('/').filter((part) => part === '..').length;
    return climbs > importer.depth ? 'leaves its package: import @tagflow/<name>' : null;
  }
  const [scope = '', second = '', ...deeper] = specifier.split('/');
  const packageName = specifier.startsWith('@') ? `${scope}/${second}` : scope;
  if (!importer.declared.includes(packageName)) return `${packageName} is not in its package.json`;
  if (scope === '@tagflow') {
    if (deeper.length > 0) return 'reaches into a package: import what its index exports';
    return mayImportOurs(importer, second, actions) ? null : `${importer.name} must not import ${second}`;
  }
  const home = scope === '@actions' ? ['action-kit'] : homes[packageName];
  const isAtHome = importer.isTest || home === undefined || home.includes(importer.name);
  return isAtHome ? null : `${packageName} belongs to ${home.join(' and ')}`;
}

function mayImportOurs(importer: Importer, target: string, actions: readonly string[]): boolean {
  if (importer.isTest && (target === 'lab' || target === importer.name)) return true;
  if (importer.name === 'cli') return target !== 'cli';
  if (importer.kind === 'package') return mayImport[importer.name]?.includes(target) ?? false;
  if (target === 'wiring') return wiredActions.includes(importer.name);
  return !actions.includes(target) && !['cli', 'lab'].includes(target);
}
