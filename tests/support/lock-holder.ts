// A process that acquires the lock at a path, reports the outcome, and holds the lock until it is killed.

import { ProcessLock } from '../../src/base/node/process-lock.ts';

const lock = await ProcessLock.take(process.argv[2]!, 0o600);
process.stdout.write(lock === undefined ? 'refused\n' : 'taken\n');
setInterval(() => lock, 60_000);
