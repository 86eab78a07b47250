import { requestTimeoutMs, silenceTimeoutMs } from '@tagflow/http';
import { leaseMs } from '@tagflow/promotion';
import test from 'ava';

test('a write is given up before the lease ends that was renewed right before it', (t) => {
  t.true(requestTimeoutMs < leaseMs / 2, `a request to an API may take ${requestTimeoutMs} ms`);
  t.true(silenceTimeoutMs <= leaseMs / 2, `a server may be silent for ${silenceTimeoutMs} ms`);
});
