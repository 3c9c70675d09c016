// What a member may do in a chat, in words.

export const roles = {
  owner: ['Owner', 'Changes the chat and who is in it'],
  editor: ['Editor', 'Reads, writes and asks models'],
  viewer: ['Viewer', 'Reads'],
};

export const roleName = (role) => roles[role]?.[0] ?? role;
