// The list of conversations under headings that people think in: today, yesterday, the last week, earlier.

import type { Topic } from '../api/stored-conversation.ts';

export type GroupName = 'today' | 'yesterday' | 'week' | 'earlier';

export interface TopicGroup {
  readonly name: GroupName;
  readonly topics: readonly Topic[];
}

const ORDER: readonly GroupName[] = ['today', 'yesterday', 'week', 'earlier'];

/** @param now milliseconds since 1970; days begin at the reader's own midnight */
export function groupTopics(topics: readonly Topic[], now: number): readonly TopicGroup[] {
  const named = ORDER.map((name) => ({
    name,
    topics: topics.filter((topic) => groupOf(topic.updatedAt, now) === name),
  }));
  return named.filter((group) => group.topics.length > 0);
}

function groupOf(time: number, now: number): GroupName {
  if (time >= midnight(now, 0)) return 'today';
  if (time >= midnight(now, 1)) return 'yesterday';
  return time >= midnight(now, 7) ? 'week' : 'earlier';
}

function midnight(now: number, daysAgo: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  // By the calendar, because not every day has 24 hours.
  day.setDate(day.getDate() - daysAgo);
  return day.getTime();
}
