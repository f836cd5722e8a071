import { expect, test } from 'vitest';
import { keyHeaders, keyProtocols } from './access-key.ts';

test('a key is sent in a header and as a subprotocol; an empty key is not sent', () => {
  expect(keyHeaders('k')).toEqual({ authorization: 'Bearer k' });
  expect(keyProtocols('k?>ü')).toEqual(['quire', `quire.key.${Buffer.from('k?>ü').toString('base64url')}`]);
  expect([keyHeaders(''), keyProtocols('')]).toEqual([{}, []]);
});
