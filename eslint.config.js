import { builtinModules } from 'node:module';
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noDefaultExports = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name: one name for one thing, everywhere.' },
  {
    selector: "ExportSpecifier[exported.name='default']",
    message: 'Export by name: one name for one thing, everywhere.',
  },
];

// Time, chance and the environment come in from the host (packages/model/src/effects.ts), so that tests can set them.
const noHiddenEffects = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take the time from the clock that is passed in.',
  },
];
const hiddenEffects = [
  { object: 'process', property: 'env', message: 'Only the hosts in action-kit read the environment.' },
  { object: 'Date', property: 'now', message: 'Take the time from the clock that is passed in.' },
  { object: 'performance', property: 'now', message: 'Take the time from the clock that is passed in.' },
  { object: 'Math', property: 'random', message: 'Take the random source that is passed in.' },
];
const hiddenTimers = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Wait with the clock that is passed in.',
}));
const hiddenModules = [
  ...['node:timers', 'node:timers/promises', 'node:perf_hooks'].map((name) => ({
    name,
    message: 'Clock, environment and signals are passed in.',
  })),
  { name: 'node:process', importNames: ['env', 'hrtime'], message: 'Clock and environment are passed in.' },
];

const nodeProtocol = builtinModules
  .filter((name) => !name.startsWith('node:') && !name.startsWith('_'))
  .map((name) => ({ name, message: `Write node:${name}.` }));

export default defineConfig(
  globalIgnores(['dist/', 'out/', '.tagflow/', 'node_modules/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // A constructor that only narrows its code to the package's closed union is not useless.
      '@typescript-eslint/no-useless-constructor': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off', // it refuses call<void>()
      // The compiler says the same (noUnusedLocals, noUnusedParameters) and knows more.
      '@typescript-eslint/no-unused-vars': 'off',
    },
  },
  {
    rules: {
      'require-yield': 'off', // a generator that only throws is one too
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'no-restricted-imports': ['error', { paths: nodeProtocol }],
      'no-restricted-syntax': ['error', ...noDefaultExports],
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'actions/*/src/**/*.ts'],
    // Where time, chance and the environment come from; and the lab, which is a world of its own.
    ignores: ['packages/action-kit/src/{clock,run-action}.ts', 'packages/lab/src/**'],
    rules: {
      'no-restricted-imports': ['error', { paths: [...nodeProtocol, ...hiddenModules] }],
      'no-restricted-syntax': ['error', ...noDefaultExports, ...noHiddenEffects],
      'no-restricted-properties': ['error', ...hiddenEffects],
      'no-restricted-globals': ['error', ...hiddenTimers],
    },
  },
  {
    files: ['*.config.js', '**/*.config.js', '**/*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/test/**/*.ts'],
    rules: {
      // A test that dereferences what it has just put there fails loudly enough.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
