// The settings dialog: settings of the current conversation, defaults of new conversations, and the API key. Changes apply at
// once, without a save button.

import { useEffect, useRef, useState } from 'react';
import { useActions } from '../actions/use-page.ts';
import type { ServedModel } from '../api/server-info.ts';
import { type ConversationSettings, settingsOf } from '../api/stored-conversation.ts';
import { IconButton } from '../components/icon-button.tsx';
import { CloseIcon } from '../components/icons.tsx';
import type { ChatState } from '../state/chat-state.ts';
import type { PageSettings } from '../state/page-settings.ts';
import { useTexts } from '../texts/language.ts';
import { ConversationForm } from './conversation-form.tsx';
import { KeyForm } from './key-form.tsx';

interface SettingsPanelProps {
  readonly chat: ChatState;
  readonly settings: PageSettings;
  readonly keyNeeded: boolean;
  /** whether the server stores conversations; only stored conversations have settings */
  readonly stored: boolean;
  /** models to choose from; empty if there is only one */
  readonly models: readonly ServedModel[];
  onClose(): void;
}

export function SettingsPanel({ chat, settings, keyNeeded, stored, models, onClose }: SettingsPanelProps) {
  const texts = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
    // By default a dialog focuses its first button, which is the close button here.
    if (keyNeeded) dialog.current?.querySelector('input')?.select();
  }, [keyNeeded]);
  const close = (): void => dialog.current?.close();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser closes a dialog on Escape
    <dialog
      ref={dialog}
      className="panel"
      aria-labelledby="settings-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div className="panel-body">
        <div className="panel-head">
          <h2 id="settings-title">{texts.settings.title}</h2>
          <IconButton label={texts.settings.close} onClick={close}>
            <CloseIcon />
          </IconButton>
        </div>
        {keyNeeded && <KeyForm needed />}
        {stored && <ConversationSettingsSection chat={chat} settings={settings} models={models} />}
        {!keyNeeded && <KeyForm needed={false} />}
      </div>
    </dialog>
  );
}

function ConversationSettingsSection({
  chat,
  settings,
  models,
}: Pick<SettingsPanelProps, 'chat' | 'settings' | 'models'>) {
  const texts = useTexts();
  const actions = useActions();
  const { id } = chat;
  const [scope, setScope] = useState<'this' | 'new'>(id === undefined ? 'new' : 'this');
  const changeNew = async (newConversations: ConversationSettings): Promise<boolean> => {
    actions.changeSettings({ ...settings, newConversations });
    return true;
  };
  const changeThis = ({ contextPolicy, sampling, model }: ConversationSettings): Promise<boolean> =>
    actions.change(id ?? '', { contextPolicy, sampling, ...(model && { model }) });
  return (
    <>
      {id !== undefined && (
        <fieldset className="scope">
          <legend className="visually-hidden">{texts.settings.scope}</legend>
          <ScopeButton
            name={texts.settings.thisConversation}
            selected={scope === 'this'}
            onSelect={() => setScope('this')}
          />
          <ScopeButton
            name={texts.settings.newConversations}
            selected={scope === 'new'}
            onSelect={() => setScope('new')}
          />
        </fieldset>
      )}
      {id !== undefined && scope === 'this' ? (
        <ConversationForm
          key={id}
          settings={settingsOf(chat.stored)}
          models={models}
          started
          onChange={changeThis}
        />
      ) : (
        <>
          {id === undefined && <h3 className="panel-scope">{texts.settings.newConversations}</h3>}
          <ConversationForm
            key="new"
            settings={settings.newConversations}
            models={models}
            started={false}
            onChange={changeNew}
          />
        </>
      )}
    </>
  );
}

interface ScopeButtonProps {
  readonly name: string;
  readonly selected: boolean;
  onSelect(): void;
}

function ScopeButton({ name, selected, onSelect }: ScopeButtonProps) {
  return (
    <button type="button" aria-pressed={selected} onClick={onSelect}>
      {name}
    </button>
  );
}
