// Groups the conversation list by age: today, yesterday, the previous 7 days, older.

import type { ConversationSummary } from '../api/stored-conversation.ts';

export type GroupName = 'today' | 'yesterday' | 'week' | 'earlier';

export interface ConversationGroup {
  readonly name: GroupName;
  readonly conversations: readonly ConversationSummary[];
}

const ORDER: readonly GroupName[] = ['today', 'yesterday', 'week', 'earlier'];

/** @param now milliseconds since 1970; days start at local midnight */
export function groupByAge(
  conversations: readonly ConversationSummary[],
  now: number,
): readonly ConversationGroup[] {
  const groups = ORDER.map((name) => ({
    name,
    conversations: conversations.filter(({ updatedAt }) => groupOf(updatedAt, now) === name),
  }));
  return groups.filter((group) => group.conversations.length > 0);
}

function groupOf(time: number, now: number): GroupName {
  if (time >= midnight(now, 0)) return 'today';
  if (time >= midnight(now, 1)) return 'yesterday';
  return time >= midnight(now, 7) ? 'week' : 'earlier';
}

function midnight(now: number, daysAgo: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  // Uses setDate instead of subtracting hours, because not every day has 24 hours.
  day.setDate(day.getDate() - daysAgo);
  return day.getTime();
}
