export const generate = () => [];
