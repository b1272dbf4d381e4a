/* Which of GTK's renderers draws the window. */
#pragma once

/* OpenGL on a software rasteriser takes 44 to 74 ms a frame here, cairo a few: where there is no
 * GPU, cairo it is. After gtk_init, before anything starts a thread; a choice in GSK_RENDERER
 * stands. */
void renderer_choose(void);
