// How requests name the builds of the seed. Null where a variant has no extended hashes.

export const good = { commit_hash: '{good.commit}', distro_hash: '{good.distro}' };
export const newer = { commit_hash: '{newer.commit}', distro_hash: '{newer.distro}' };
export const other = { commit_hash: '{other.commit}', distro_hash: '{other.distro}' };
export const failed = { commit_hash: '{failed.commit}', distro_hash: '{failed.distro}' };
export const retried = { commit_hash: '{retried.commit}', distro_hash: '{retried.distro}' };
export const purged = { commit_hash: '{purged.commit}', distro_hash: '{purged.distro}' };

export const extendedGood = { ...good, extended_hash: '{good.extended}' };

export const goodQuery = 'commit_hash={good.commit}&distro_hash={good.distro}';
export const newerQuery = 'commit_hash={newer.commit}&distro_hash={newer.distro}';
