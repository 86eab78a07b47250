// Against the real servers that scripts/install-peers.sh brings; they start slowly.
export default { extensions: ['ts'], files: ['test/peers/**/*.test.ts'], timeout: '10m' };
