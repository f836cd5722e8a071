// A complete client of the first version of the protocol: it sends messages and receives start, stream and end events.

const [answers, form, message, send] = ['answers', 'form', 'message', 'send'].map((id) =>
  document.getElementById(id),
);
const socket = new WebSocket(`ws://${location.host}/ws/chat`);
socket.onopen = () => {
  send.disabled = false;
};
socket.onmessage = ({ data }) => {
  const { type, content } = JSON.parse(data);
  if (type === 'start') answers.append(document.createElement('li'));
  if (type === 'start' || type === 'stream') answers.lastElementChild.append(content);
  if (type === 'end') {
    answers.lastElementChild.className = 'complete';
    send.disabled = false;
  }
};
form.onsubmit = (event) => {
  event.preventDefault();
  send.disabled = true;
  socket.send(JSON.stringify({ message: message.value }));
  message.value = '';
};
