// GitHub's side without GitHub: nektos/act and the linters of workflows, that scripts/install-peers.sh brings.
export default { extensions: ['ts'], files: ['test/act/**/*.test.ts'], timeout: '10m' };
