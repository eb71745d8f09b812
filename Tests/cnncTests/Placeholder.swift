// cnnc
