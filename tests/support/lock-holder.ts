// A program that tries to acquire the lock at a path, prints the outcome, and holds the lock until it is killed.

import { ProcessLock } from '../../src/base/node/process-lock.ts';

const lock = await ProcessLock.tryAcquire(process.argv[2]!, 0o600);
process.stdout.write(lock === undefined ? 'busy\n' : 'acquired\n');
setInterval(() => lock, 60_000);
