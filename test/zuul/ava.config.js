// A real Zuul, that scripts/install-peers.sh brings, with a lab beside it: minutes, of which most are starts of Ansible.
export default { extensions: ['ts'], files: ['test/zuul/**/*.test.ts'], timeout: '15m' };
