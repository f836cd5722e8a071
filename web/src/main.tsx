// The entry point of the page.

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './page/app.tsx';
import './styles/theme.css';
import './styles/page.css';
import './styles/turns.css';
import './styles/markdown.css';
import './styles/code.css';
import './styles/composer.css';
import './styles/sidebar.css';
import './styles/messages.css';
import './styles/settings.css';
import './styles/touch.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
