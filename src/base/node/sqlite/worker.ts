// The worker thread that opens a database with `node:sqlite`. Its data is the path of the database.

import { workerData } from 'node:worker_threads';
import { answerCalls } from '../answer-calls.ts';
import { withResultCode } from './result-codes.ts';

export type SqliteCall =
  | { readonly kind: 'exec' | 'returnsRows'; readonly sql: string }
  | { readonly kind: 'all' | 'run'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'close' };

/** The part of `node:sqlite` that is used. The types of Node 20 do not contain it. */
interface NodeDatabase {
  exec(sql: string): void;
  prepare(sql: string): NodeStatement;
  close(): void;
}

interface NodeStatement {
  columns(): readonly unknown[];
  all(...parameters: readonly unknown[]): unknown[];
  run(...parameters: readonly unknown[]): { readonly changes: number | bigint };
}

let database: NodeDatabase | undefined;
// A statement is prepared by the question whether it returns rows, and then run.
let prepared: { readonly sql: string; readonly statement: NodeStatement } | undefined;

answerCalls((call: SqliteCall) => {
  try {
    return answer(call);
  } catch (error) {
    throw withResultCode(error);
  }
});

function answer(call: SqliteCall): unknown {
  if (call.kind === 'close') return database?.close();
  database ??= openDatabase(workerData as string);
  if (call.kind === 'exec') return database.exec(call.sql);
  if (call.sql !== prepared?.sql) prepared = { sql: call.sql, statement: database.prepare(call.sql) };
  const { statement } = prepared;
  if (call.kind === 'all') return statement.all(...call.parameters.map(bindable));
  if (call.kind === 'run')
    return { changes: Number(statement.run(...call.parameters.map(bindable)).changes) };
  return statement.columns().length > 0;
}

// An empty array that was sent to a thread has no address, and would be stored as null.
const bindable = (value: unknown): unknown =>
  ArrayBuffer.isView(value) && value.byteLength === 0 ? new Uint8Array(0) : value;

function openDatabase(path: string): NodeDatabase {
  process.removeAllListeners('warning'); // Node.js prints that its SQLite is experimental
  const sqlite = process.getBuiltinModule('node:sqlite') as
    | { readonly DatabaseSync: new (path: string) => NodeDatabase }
    | undefined;
  if (sqlite === undefined) throw new Error('this version of Node.js has no node:sqlite');
  return new sqlite.DatabaseSync(path);
}
