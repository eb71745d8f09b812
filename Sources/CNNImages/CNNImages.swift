// CNNImages
