// Who answers here: model, backend and cache policy, and what one may want of the whole page.

import { infoOf, type ServerInfo, servedAs } from '../api/server-info.ts';
import { Brand } from '../components/brand.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { NewIcon, SettingsIcon, SideBarIcon } from '../components/icons.tsx';
import type { SideBarState } from '../sidebar/use-sidebar.ts';
import type { LanguageCode } from '../texts/language.ts';
import { useTexts } from '../texts/language.ts';

interface HeaderProps {
  readonly server: ServerInfo;
  /** of the conversation that is shown; the default one when absent */
  readonly model: string | undefined;
  readonly language: LanguageCode;
  onLanguage(language: LanguageCode): void;
  /** absent where there is nothing to begin anew, or where the side bar has it */
  readonly onNew: (() => void) | undefined;
  /** absent where the server keeps no conversations */
  readonly bar: SideBarState | undefined;
  readonly onSettings: (() => void) | undefined;
}

export function Header({ server, model, language, onLanguage, onNew, bar, onSettings }: HeaderProps) {
  const texts = useTexts();
  const beside = bar?.open && !bar.narrow;
  return (
    <header className="head">
      <div className="head-row">
        {bar && !beside && (
          <IconButton label={texts.topics.show} onClick={bar.toggle} expanded={bar.open}>
            <SideBarIcon />
          </IconButton>
        )}
        {!beside && <Brand />}
        <ModelFacts server={server} name={model} />
        <div className="head-actions">
          {onNew && (
            <button type="button" className="quiet-button" onClick={onNew} title={texts.newConversation}>
              <NewIcon />
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
  if (server.kind === 'loading') return <p className="facts facts-busy">{texts.loadingModel}</p>;
  if (server.kind === 'failed') {
    return (
      <p className="facts facts-bad" role="alert">
        {texts.loadFailed} {server.message}
      </p>
    );
  }
  const info = infoOf(server.info, name);
  if (info === undefined) {
    const called = servedAs(server.info, name).name;
    return <p className="facts facts-busy">{texts.settings.modelNotReady(called)}</p>;
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
