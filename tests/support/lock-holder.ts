// A process that takes the lock at a path, says so, and has it until it is killed.

import { ProcessLock } from '../../src/base/node/process-lock.ts';

const lock = await ProcessLock.take(process.argv[2]!, 0o600);
process.stdout.write(lock === undefined ? 'refused\n' : 'taken\n');
setInterval(() => lock, 60_000);
