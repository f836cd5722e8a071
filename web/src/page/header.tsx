// The header: model, backend and cache policy, and the buttons that concern the whole page.

import { modelFor, modelInfoFor, type ServerInfo } from '../api/server-info.ts';
import { Brand } from '../components/brand.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { PlusIcon, SettingsIcon, SidebarIcon } from '../components/icons.tsx';
import type { SidebarState } from '../sidebar/use-sidebar.ts';
import type { LanguageCode } from '../texts/language.ts';
import { useTexts } from '../texts/language.ts';

interface HeaderProps {
  readonly server: ServerInfo;
  /** name of the current conversation's model; undefined for the default model */
  readonly model: string | undefined;
  readonly language: LanguageCode;
  onLanguage(language: LanguageCode): void;
  /** absent if the conversation is empty or the sidebar has the button */
  readonly onNew: (() => void) | undefined;
  /** absent if the server stores no conversations */
  readonly sidebar: SidebarState | undefined;
  readonly onSettings: (() => void) | undefined;
}

export function Header({ server, model, language, onLanguage, onNew, sidebar, onSettings }: HeaderProps) {
  const texts = useTexts();
  const docked = sidebar?.open && !sidebar.narrow;
  return (
    <header className="head">
      <div className="head-row">
        {sidebar && !docked && (
          <IconButton label={texts.sidebar.show} onClick={sidebar.toggle} expanded={sidebar.open}>
            <SidebarIcon />
          </IconButton>
        )}
        {!docked && <Brand />}
        <ModelFacts server={server} name={model} />
        <div className="head-actions">
          {onNew && (
            <button type="button" className="quiet-button" onClick={onNew} title={texts.newConversation}>
              <PlusIcon />
              <span className="wide-only">{texts.newConversation}</span>
              <span className="narrow-only visually-hidden">{texts.newConversation}</span>
            </button>
          )}
          {onSettings && (
            <IconButton label={texts.settings.title} onClick={onSettings}>
              <SettingsIcon />
            </IconButton>
          )}
          <LanguageSwitch language={language} onLanguage={onLanguage} />
        </div>
      </div>
    </header>
  );
}

interface ModelFactsProps {
  readonly server: ServerInfo;
  readonly name: string | undefined;
}

function ModelFacts({ server, name }: ModelFactsProps) {
  const texts = useTexts();
  if (server.kind === 'unknown') return <p className="facts" />;
  if (server.kind === 'loading') return <p className="facts facts-busy">{texts.loadingModel}…</p>;
  if (server.kind === 'failed') {
    return (
      <p className="facts facts-bad" role="alert">
        {texts.loadFailed} {server.message}
      </p>
    );
  }
  const info = modelInfoFor(server.info, name);
  if (info === undefined) {
    const modelName = modelFor(server.info, name).name;
    return <p className="facts facts-busy">{texts.settings.modelNotReady(modelName)}</p>;
  }
  const { model, parameters, backend, cache } = info;
  return (
    <ul className="facts" aria-label={texts.modelFacts}>
      <li className="facts-model">{model}</li>
      <li className="wide-only">{texts.parameters(parameters)}</li>
      <li>{texts.backend(backend)}</li>
      <li>{texts.cache(cache)}</li>
    </ul>
  );
}

const LANGUAGES = [
  { code: 'en', name: 'English', short: 'EN', lang: 'en' },
  { code: 'zh', name: '中文', short: '中', lang: 'zh-Hans' },
] as const;

function LanguageSwitch({ language, onLanguage }: Pick<HeaderProps, 'language' | 'onLanguage'>) {
  const texts = useTexts();
  return (
    <fieldset className="language">
      <legend className="visually-hidden">{texts.switchLanguage}</legend>
      {LANGUAGES.map(({ code, name, short, lang }) => (
        <button
          key={code}
          type="button"
          lang={lang}
          aria-pressed={language === code}
          aria-label={name}
          title={name}
          onClick={() => onLanguage(code)}
        >
          {short}
        </button>
      ))}
    </fieldset>
  );
}
