import type { NextConfig } from 'next';

// Quire loads kernels, the model and threads from the folder of its package, so it must not be bundled.
const config: NextConfig = { serverExternalPackages: ['quire-llm'] };

export default config;
