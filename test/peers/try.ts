import { startRealWorld } from './real-world.ts';
import { runForeign } from './foreign.ts';
const t0=Date.now();
const say=(w:string)=>console.error(`[${((Date.now()-t0)/1000).toFixed(1)}] ${w}`);
const world = await startRealWorld((process.argv[2] ?? 'classic') as 'classic');
say('up '+world.root);
try {
  if (process.argv[2]==='component') {
    for (const c of ['tripleo','compute','network']) {
     const s = world.dlrn.seed.filter(b=>b.component===c).at(-1)!;
     say(await runForeign('dlrn/dlrnapi', ['--url', world.dlrn.apiUrl, '--username','ciuser','--password','cipass','repo-promote','--promote-name','promoted-components','--commit-hash',s.commitHash,'--distro-hash',s.distroHash]));
    }
  }
  const r = await world.run([]);
  say(r.stderr); say(JSON.stringify({...r, stderr: ''}, null, 1));
  say(await runForeign('dlrn/dlrnapi', ['--url', world.dlrn.apiUrl, 'promotion-get', '--promote-name', 'current-tripleo']));
  say(await runForeign('curl', ['-sS', world.dlrn.reposUrl+'/current-tripleo/delorean.repo']));
  say(await runForeign('find', [world.root, '-type','l','-printf','%P -> %l\n']));
  say(await runForeign('ls', ['-la', world.dlrn.reposDirectory]));
  say(await runForeign('crane', ['catalog', world.rdo.host]));
} finally { await world.close(); say('closed'); }
