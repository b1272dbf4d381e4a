/* A folder of pictures: in FOLDER a folder for each class, in that .png and .jpg. */
#pragma once

#include "core/datasets/dataset.h"

typedef struct {
  int height, width;
  int channels; /* 1: brightness alone; 3 */
} ImageFolderOptions;

/* TRUE if the folder has folders with pictures in them. */
gboolean image_folder_is_one(const char *folder);

/* Classes are the folders' names in order of the alphabet. Pictures are scaled and cut to the size
 * that is asked for, their middle kept; what is transparent is white. A tenth of each class is held
 * out for validation, another to test. Errors: fewer than two classes, a class of fewer than three
 * pictures, a file that is no picture (which one). */
Dataset *dataset_open_image_folder(const char *name, const char *folder,
                                   const ImageFolderOptions *options, GError **error);
