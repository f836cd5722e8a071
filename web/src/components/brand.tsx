// The name and the logo of the page.

import { useTexts } from '../texts/language.ts';
import { QuireMark } from './icons.tsx';

export function Brand() {
  const texts = useTexts();
  return (
    <h1 className="brand">
      <QuireMark />
      {texts.title}
    </h1>
  );
}
